"""A served model needs what its detector says it needs, and nothing else of what trained it."""

import pickle
import subprocess
import sys
from typing import Any

import trainables
from launch.models import model_folder
from tests.contract import easy, train_on
from tests.trainables import test_contract
from trainables.core import state

OPTIONAL = ("pyod", "deepod")
CODE = """
import pickle, sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in %r:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])

sys.meta_path.insert(0, Without())
import trainables
from trainables.core import state
for name, (arguments, saved, X) in pickle.load(sys.stdin.buffer).items():
    try:
        trainables.load(name)(**arguments).load_state_dict(state.loads(saved)).decision_function(X)
    except ImportError as error:
        print(name, error.name or "deepod")
"""


def trained(name: str) -> tuple[dict[str, Any], bytes, Any]:
    cls = trainables.load(name)
    arguments = {"device": "cpu"} if "device" in cls.parameter_names() else {}
    arguments |= test_contract.TestEveryDetector.overrides.get(name, {})
    if cls.rounds_parameter:
        arguments[cls.rounds_parameter] = 1
    train, X, _ = easy(cls)
    detector = cls(**arguments)
    train_on(detector, train)
    return arguments, state.dumps(detector.state_dict()), X


def test_states_score_without_the_libraries_that_they_do_not_name() -> None:
    states = {name: trained(name) for name in trainables.DETECTORS}
    code = CODE % (OPTIONAL,)
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(states), capture_output=True, check=True)
    missed = dict(line.split() for line in done.stdout.decode().splitlines())
    named = {name: trainables.load(name).serving_needs for name in states}
    assert missed == {name: needs[0] for name, needs in named.items() if needs}


def test_requirements_are_what_pip_can_install() -> None:
    plain = model_folder.requirements()
    assert not any(one.startswith(OPTIONAL) for one in plain)
    more = model_folder.requirements(("pyod",))
    assert [one.partition("==")[0] for one in more if one not in plain] == ["pyod"]
    assert model_folder.requirements(("deepod",)) == plain
    assert "pip install --no-deps deepod" in model_folder.by_hand(("deepod",))
    assert model_folder.by_hand(("pyod",)) == ""
