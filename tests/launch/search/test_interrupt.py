"""Ctrl-C at every stage."""

import importlib
import os
import shlex
import signal

import pytest

from launch.common.interrupts import Interrupt
from launch.common.invocation import program
from tests.launch.conftest import Store, run_here


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_once_asks_twice_gives_up():
    told = []
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupt(lambda: told.append(1)) as interrupt:
        assert not interrupt.requested()
        os.kill(os.getpid(), signal.SIGTERM)
        assert interrupt.requested()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert told == [1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_one_request_may_be_two_signals():
    """`timeout` sends SIGTERM to the process and then to its group."""
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        assert interrupt.count == 1
        with pytest.raises(KeyboardInterrupt):
            press()


def test_a_closed_terminal_asks_too():
    before = signal.getsignal(signal.SIGHUP)
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGHUP)
        assert interrupt.requested()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt() as interrupt:  # under nohup
            os.kill(os.getpid(), signal.SIGHUP)
            assert not interrupt.requested()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_cannot_be_said_stops_nothing():
    def gone():
        raise OSError(5, "Input/output error")

    with Interrupt(gone) as interrupt:
        press()
        assert interrupt.requested()


def test_a_second_ctrl_c_names_the_study(tmp_path, data_dir, home, monkeypatch):
    from launch.search import session

    def twice(*_):
        press()
        press()

    monkeypatch.setattr(session, "start_engine", twice)
    ended = run_here("devnet", "celeba", "--data-dir", data_dir, "--home", home, "--name", "x", "--local", cwd=tmp_path)
    assert ended.code == 130
    assert "given up. 0 finished trials of" in ended.err
    assert "launch/tune.py --resume x --home" in ended.err


def test_ctrl_c_while_options_are_read():
    from launch.common import command

    def parse():
        press()

    assert command.run(parse, lambda *_: None) == 130


@pytest.mark.parametrize(
    ("module", "function", "call", "words"),
    [
        pytest.param("launch.search.session", "start_engine", 1, "", id="starting"),
        pytest.param(
            "launch.evaluation.confirm", "validated_fit", 2, "Stopped during the confirmation", marks=pytest.mark.slow
        ),
        pytest.param(
            "launch.evaluation.final_test", "plain_fit", 3, "The refits were interrupted", marks=pytest.mark.slow
        ),
    ],
)
def test_stages(tmp_path, data_dir, home, monkeypatch, module, function, call, words):
    """130, a way to go on, nothing running, whenever it comes."""
    where = importlib.import_module(module)
    old, calls = getattr(where, function), []

    def interrupted(*args, **kwargs):
        calls.append(1)
        if len(calls) == call:
            press()
        return old(*args, **kwargs)

    monkeypatch.setattr(where, function, interrupted)
    ended = run_here(
        "devnet", "celeba", "--data-dir", data_dir, "--home", home, "--name", "x", "--trials", 3, "--max-rounds", 2,
        "--confirm", 2, "--local", cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 130
    assert words in ended.out
    assert "To go on:" in ended.out
    runs = Store(home / "mlflow.db").runs().values()
    assert [r["status"] for r in runs if r["name"] == "x"] == ["KILLED"]
    assert not [r for r in runs if r["status"] == "RUNNING"]


@pytest.fixture
def go_on(local):
    """The command line that is told for a search."""

    def told(*arguments, **more):
        from launch.search.one_search import how_to_go_on

        one = local("random", *arguments, **more)
        return shlex.split(how_to_go_on(one.plan, one.study).splitlines()[-1]), one.plan

    return told


def test_the_way_to_go_on_names_the_study_and_its_home(go_on):
    started = shlex.split(program("launch/tune.py"))
    words, plan = go_on()
    assert words == [*started, "--resume", plan.study, "--home", str(plan.home.root)]
    words, plan = go_on("--name", "mine")
    assert words[len(started) :][:2] == ["--resume", "mine"]


def test_the_default_home_is_not_named(go_on, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words, _ = go_on("--name", "mine", home=tmp_path / "runs")
    assert words == [*shlex.split(program("launch/tune.py")), "--resume", "mine"]


def test_several_detectors_go_on_under_a_common_name():
    from launch.config.options import TuneOptions
    from launch.search.session import named

    together = named(TuneOptions(detector="random,kmeans", dataset="celeba"), many=True)
    assert together.name is not None
    assert together.name.startswith("celeba-2")
    assert named(TuneOptions(detector="random", dataset="celeba"), many=False).name is None
    assert named(TuneOptions(detector="a,b", dataset="celeba", name="mine"), many=True).name == "mine"
