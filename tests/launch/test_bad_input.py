"""Everything a person can mistype: one clear line, exit code 2, before any work."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from launch import tune
from launch.common.environment import ROOT
from tests.launch.conftest import HANG
from tests.launch.toy import TOY, TOY_SPACE

DEVNET = ("devnet", "celeba")


# -- names --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("devnett", "celeba"), ["'devnett'", "did you mean devnet?", "--list"]),
        (("devnet,iforst", "celeba"), ["'iforst'", "did you mean iforest?"]),
        (("xyzzy", "celeba"), ["'xyzzy'", "--list"]),
        (("devnet", "celebaa"), ["'celebaa'", "did you mean celeba?"]),
        (("devnet", "qqqq"), ["'qqqq'", "--list"]),
        ((), ["a detector and a dataset", "tune.py devnet celeba"]),
        (("devnet",), ["a detector and a dataset"]),
        (("--detector-path", "my.py"), ["say the dataset too"]),
        ((*DEVNET, "--protocol", "rport"), ["'rport'", "did you mean report?", "grouped"]),
    ],
)
def test_unknown_names(refuse, arguments, words):
    line = refuse(*arguments)
    assert all(w in line for w in words), line


def test_gp_wants_complete_trials(refuse):
    """Of 64 trials ASHA completes ten or so, and a Gaussian process sees no other."""
    line = refuse(*DEVNET, "--sampler", "gp")
    assert "--scheduler none" in line
    assert "--sampler tpe" in line


def test_an_empty_list_of_detectors(refuse):
    assert "detector" in refuse(",", "celeba")


@pytest.mark.parametrize("arguments", [("--no-such-option",), ("--trials", "many"), ("--sampler", "best")])
def test_what_the_parser_refuses(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        tune.main([*DEVNET, *arguments])
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert arguments[-1] in said.err + said.out
    assert not list(tmp_path.iterdir())


# -- numbers and contradictions ---------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--trials", "0"), ["--trials", "at least 1", "0"]),
        (("--trials", "-5"), ["--trials", "at least 1", "-5"]),
        (("--max-rounds", "0"), ["--max-rounds", "at least 1"]),
        (("--confirm", "-1"), ["--confirm", "at least 0", "-1"]),
        (("--outer-split", "-1"), ["--outer-split", "-1"]),
        (("--outer-split", "99999999999"), ["outer", "99999999999"]),
        (("--seed", "-1"), ["--seed", "-1"]),
        (("--seed", str(2**32)), ["--seed", str(2**32)]),
        (("--concurrent", "0"), ["--concurrent", "at least 1"]),
        (("--cpus-per-trial", "0"), ["--cpus-per-trial"]),
        (("--cpus-per-trial", "nan"), ["--cpus-per-trial"]),
        (("--cpus-per-trial", "-1"), ["--cpus-per-trial"]),
        (("--gpus-per-trial", "-0.5"), ["--gpus-per-trial"]),
        (("--time-budget", "soon"), ["--time-budget", "'soon'", "15m"]),
        (("--time-budget", "0s"), ["--time-budget", "'0s'"]),
        (("--time-budget", "-5m"), ["--time-budget", "-5m"]),
        (("--time-budget", "1d"), ["--time-budget", "'1d'"]),
        (("--name", "../elsewhere"), ["--name", "'../elsewhere'", "letters"]),
        (("--name", "a/b"), ["--name"]),
        (("--name", "it's"), ["--name"]),
        (("--name", 'say "hi"'), ["--name"]),
        (("--name", "two\nlines"), ["--name"]),
        (("--name", "ends\n"), ["--name"]),
        (("--name", ""), ["--name"]),
        (("--name", "a" * 101), ["--name", "100"]),
        (("--export", "model.joblib", "--no-retrain"), ["--export", "--no-retrain"]),
        (("--local", "--concurrent", "2"), ["--local", "--concurrent"]),
        (("--local", "--address", "auto"), ["--local", "--address"]),
        (("--local", "--gpus-per-trial", "1"), ["--local", "--gpus-per-trial"]),
        (("--export", "nowhere/model.joblib"), ["--export", "folder that exists"]),
        (("--summary", "nowhere/s.json"), ["--summary", "folder that exists"]),
        (("--summary", "."), ["--summary"]),
    ],
)
def test_values_and_contradictions(refuse, arguments, words):
    line = refuse(*DEVNET, *arguments)
    assert all(w in line for w in words), line


# -- --fix and --range -------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fix", "margin"), ["--fix 'margin'", "margin=5"]),
        (("--fix", "=5"), ["--fix '=5'"]),
        (("--fix", "margin="), ["--fix 'margin='"]),
        (("--fix", "margn=5"), ["'margn'", "margin", "batch_size"]),
        (("--fix", "margin=-1"), ["--fix margin=-1", "(0"]),
        (("--fix", "margin=wide"), ["margin='wide'"]),
        (("--fix", "margin=NaN"), ["margin=nan"]),
        (("--fix", "margin=Infinity"), ["margin=inf"]),
        (("--fix", "batch_size=2.5"), ["batch_size=2.5", "int"]),
        (("--fix", "optimizer=sgd"), ["optimizer='sgd'", "rmsprop", "adam"]),
        (("--fix", "hidden=(0,)"), ["hidden=(0,)"]),
        (("--fix", "seed=3"), ["'seed'"]),
        (("--fix", "epochs=3"), ["'epochs'"]),
        (("--fix", "lr=0.1", "--fix", "lr=0.2"), ["--fix", "lr"]),
        (("--range", "lr=1e-4:1e-2", "--range", "lr=1e-3:1e-2"), ["--range", "lr"]),
        (("--range", "lr"), ["--range 'lr'", "1e-4:1e-2"]),
        (("--range", "lr=1e-4"), ["--range 'lr=1e-4'", "1e-4:1e-2"]),
        (("--range", "lr=a:b"), ["--range 'lr=a:b'"]),
        (("--range", "lr=1e-4:1e-3:1e-2"), ["--range"]),
        (("--range", "learn=1:2"), ["'learn'", "lr"]),
        (("--range", "lr=1e-2:1e-4"), ["smaller number first"]),
        (("--range", "lr=1e-2:1e-2"), ["smaller number first"]),
        (("--range", "lr=nan:1"), ["lr"]),
        (("--range", "margin=1:inf"), ["margin", "inf"]),
        (("--range", "lr=0:1"), ["lr", "0"]),
        (("--range", "l2=0:0.1"), ["--range l2", "log"]),
        (("--range", "l2=0:5"), ["--range l2", "log"]),
        (("--range", "reference_draws=100:inf"), ["--range reference_draws"]),
        (("--range", "batches_per_epoch=10:inf"), ["--range batches_per_epoch"]),
        (("--range", "batches_per_epoch=10.5:20"), ["--range batches_per_epoch", "10.5"]),
        (("--range", "hidden=1:2"), ["--range hidden"]),
        (("--range", "schedule=1:2"), ["--range schedule"]),
        (("--range", "batch_size=100:2000"), ["batch_size", "--fix batch_size=VALUE"]),
        (("--fix", "lr=0.1", "--range", "lr=1e-4:1e-2"), ["--fix lr", "--range lr", "contradict"]),
    ],
)
def test_overrides(refuse, arguments, words):
    line = refuse(*DEVNET, *arguments)
    assert all(w in line for w in words), line


def test_an_override_that_no_detector_knows(refuse):
    assert "'margin'" in refuse("random", "celeba", "--fix", "margin=5")


# -- --config ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trails: 3", ["no option 'trails'", "did you mean trials?"]),
        ("fixed: {}", ["no option 'fixed'"]),
        ("qqqqqq: 3", ["no option 'qqqqqq'"]),
        ("[1, 2]", ["names and values", "trials: 32"]),
        ("just words", ["names and values"]),
        ("", ["names and values"]),
        ("a: b: c", ["cannot be read"]),
        ("trials: many", ["trials", "int", "'many'"]),
        ("trials: 3.5", ["trials", "int", "3.5"]),
        ("trials: true", ["trials", "int", "True"]),
        ("trials: null", ["trials"]),
        ("local: 1", ["local", "bool", "1"]),
        ("detector: 5", ["detector", "5"]),
        ("concurrent: two", ["concurrent", "'two'"]),
        ("sampler: best", ["sampler", "'best'"]),
        ("metric: 3", ["metric", "3"]),
        ("home: 3", ["home", "3"]),
        ("name: [a]", ["name"]),
        ("fix: 5", ["fix", "5"]),
        ("fix: margin=5,", ["fix"]),
        ("range: [3]", ["range", "3"]),
        ("time_budget: [1]", ["time"]),
        ("enqueue: {a: 1}", ["enqueue"]),
    ],
)
def test_config_file(refuse, tmp_path, text, words):
    path = tmp_path / "options.yaml"
    path.write_text(text)
    line = refuse(*DEVNET, "--config", path)
    assert all(w in line for w in words), line


def test_config_file_that_is_not_there(refuse, tmp_path):
    assert "nowhere.yaml" in refuse(*DEVNET, "--config", tmp_path / "nowhere.yaml")
    assert str(tmp_path) in refuse(*DEVNET, "--config", tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\x9f")
    assert "bytes.yaml" in refuse(*DEVNET, f"--config={tmp_path}/bytes.yaml")


def test_config_option_without_a_value(capsys):
    with pytest.raises(SystemExit) as exit_:
        tune.main([*DEVNET, "--config"])
    assert exit_.value.code == 2


# -- --enqueue -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{not json", ["is not JSON"]),
        ("", ["is not JSON"]),
        ("[1, 2]", ["list of configurations"]),
        ('"lr"', ["list of configurations"]),
        ('[{"lrr": 0.1}]', ["'lrr'", "lr"]),
        ('[{"lr": -1}]', ["lr=-1"]),
        ('[{"lr": "fast"}]', ["lr='fast'"]),
        ('[{"lr": NaN}]', ["lr=nan"]),
        ('[{"lr": 0.001}, {"hidden": "wide"}]', ["hidden='wide'"]),
    ],
)
def test_enqueue(refuse, tmp_path, text, words):
    path = tmp_path / "first.json"
    path.write_text(text)
    line = refuse(*DEVNET, "--enqueue", path)
    assert "--enqueue" in line
    assert all(w in line for w in words), line


def test_enqueue_file_that_is_not_there(refuse):
    assert "--enqueue nowhere.json: no such file" in refuse(*DEVNET, "--enqueue", "nowhere.json")


# -- --detector-path ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1\n", ["exactly one Detector", "found none"]),
        (TOY + "\n\nclass Second(Toy):\n    pass\n", ["exactly one Detector", "Toy, Second"]),
        ("import no_such_package_here\n", ["cannot be imported", "ModuleNotFoundError", "no_such_package_here"]),
        ("def broken(:\n", ["cannot be imported", "SyntaxError"]),
        ("raise RuntimeError('two\\nlines')\n", ["cannot be imported", "two lines"]),
        ("from trainables.devnet import DevNet\n", ["exactly one Detector", "found none"]),
        (TOY + "\nPUBLISHED = {'p': ({'qualty': 1}, 'x')}\n", ["'qualty'", "quality"]),
        (TOY + "\nPUBLISHED = {'p': ({'quality': 3.0}, 'x')}\n", ["quality=3.0"]),
    ],
)
def test_detector_path(refuse, tmp_path, source, words):
    path = tmp_path / f"mine_{abs(hash(source))}.py"
    path.write_text(source)
    line = refuse("mine", "celeba", "--detector-path", path)
    assert all(w in line for w in words), line


@pytest.mark.parametrize("name", ["../mine", "a/b", "it's", "two\nlines", "a,b", "~"])
def test_a_name_of_ones_own_is_a_file_name_too(refuse, toy, name):
    assert repr(name) in refuse(name, "celeba", "--detector-path", toy)


def test_detector_path_that_is_no_python_file(refuse, tmp_path, toy):
    assert "no such file" in refuse("mine", "celeba", "--detector-path", tmp_path / "nowhere.py")
    other = toy.rename(tmp_path / "detector.txt")
    assert "detector.txt" in refuse("mine", "celeba", "--detector-path", other)


def test_a_detector_for_other_data(refuse, tmp_path):
    path = tmp_path / "pictures.py"
    path.write_text(
        TOY.replace("import Detector, Fidelity", "import Detector, Fidelity, Modality").replace(
            "    fidelity: ClassVar", "    modality: ClassVar = frozenset({Modality.IMAGE})\n    fidelity: ClassVar"
        )
        + TOY_SPACE
    )
    line = refuse("mine", "celeba", "--detector-path", path)
    assert "mine takes image data" in line
    assert "celeba is tabular" in line


# -- what needs nothing ----------------------------------------------------------------

HEAVY = ("ray", "torch", "mlflow", "optuna", "sklearn", "pandas", "numpy")


def modules_after(argument: str, cwd: Path) -> tuple[int, str, set[str]]:
    code = (
        "import sys, runpy, json\n"
        f"sys.argv = [{str(ROOT / 'launch' / 'tune.py')!r}, {argument!r}]\n"
        "code = 0\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as e:\n"
        "    code = e.code or 0\n"
        "print('\\n' + json.dumps([code, sorted({m.split('.')[0] for m in sys.modules})]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    *out, last = done.stdout.strip().splitlines()
    code_, modules = json.loads(last)
    return code_, "\n".join(out), set(modules)


def test_help_imports_nothing_heavy(tmp_path):
    code, out, modules = modules_after("--help", tmp_path)
    assert code == 0
    assert not modules & set(HEAVY)
    plain = re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", out))
    for option in (
        "trials", "time-budget", "max-rounds", "confirm", "sampler", "scheduler", "metric", "concurrent",
        "cpus-per-trial", "gpus-per-trial", "seed", "protocol", "home", "data-dir", "address", "storage",
        "tracking-uri", "study-storage", "name", "local", "no-retrain", "list", "fix", "range", "enqueue",
        "config", "dry-run", "detector-path", "export", "summary", "outer-split", "no-standin",
    ):  # fmt: skip
        assert f"--{option}" in plain, option
    for internal in ("--fixed", "--ranges", "--seconds"):
        assert f"{internal} " not in plain
    assert not list(tmp_path.iterdir())


def test_list_shows_everything(capsys, tmp_path, monkeypatch):
    import trainables
    from datasets.catalog.catalog import CATALOG

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    assert tune.main(["--list"]) == 0
    out = capsys.readouterr().out
    for name in [*trainables.DETECTORS, *trainables.ALIASES, *CATALOG]:
        assert re.search(rf"\b{re.escape(name)}\b", out), name
    for words in ("Need no labels", "Need some labelled", "Need all labels", "tables", "202,599 x 39", "report, raw"):
        assert words in " ".join(out.split()), words
    assert not list(tmp_path.iterdir())
