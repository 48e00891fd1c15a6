"""The command line, the record and the argument all at once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from launch.common.errors import UsageError
from launch.common.home import Home
from launch.config import saved_options
from launch.config.command_line import parse
from launch.config.options import TuneOptions

TWO = ("devnet", "celeba")


def test_defaults_are_those_of_the_dataclass():
    assert parse([*TWO]) == TuneOptions(detector="devnet", dataset="celeba")


def test_every_option_of_the_command_line():
    options = parse([
        *TWO, "--trials", "3", "--time-budget", "15m", "--max-rounds", "7", "--confirm", "0", "--sampler", "random",
        "--scheduler", "none", "--metric", "f1", "--seed", "9", "--protocol", "raw", "--outer-split", "2",
        "--data-dir", "d", "--no-standin", "--concurrent", "3", "--cpus-per-trial", "0.5", "--gpus-per-trial", "0.25",
        "--home", "h", "--name", "a.b-c_1", "--tracking-uri", "sqlite:///x.db", "--no-retrain", "--storage", "s3://b/p",
    ])  # fmt: skip
    assert (options.trials, options.seconds, options.max_rounds, options.confirm) == (3, 900.0, 7, 0)
    assert (options.sampler, options.scheduler, options.metric, options.seed) == ("random", "none", "f1", 9)
    assert (options.protocol, options.outer_split, options.data_dir) == ("raw", 2, Path("d"))
    assert (options.concurrent, options.cpus_per_trial, options.gpus_per_trial) == (3, 0.5, 0.25)
    assert (options.home, options.name, options.no_retrain, options.no_standin) == (Path("h"), "a.b-c_1", True, True)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("90", 90), ("1.5m", 90), ("2h", 7200), (" 15 m ", 900), ("0.5s", 0.5)]
)
def test_time_budget(text, seconds):
    assert parse([*TWO, "--time-budget", text]).seconds == seconds


@pytest.fixture
def config(tmp_path):
    def write(text):
        (tmp_path / "o.yaml").write_text(text)
        return str(tmp_path / "o.yaml")

    return write


def test_config_file(config):
    path = config(
        "detector: kmeans\ndataset: celeba\ntrials: 5\ntime-budget: 90\nmax_rounds: 3\ncpus-per-trial: 2\nlocal: true\n"
        "home: elsewhere\nconcurrent: 1\nname: null\nfix: {n_init: auto}\nrange: ['n_clusters=2:9']\n"
    )
    options = parse(["--config", path])
    assert (options.detector, options.dataset, options.trials, options.seconds) == ("kmeans", "celeba", 5, 90.0)
    assert (options.max_rounds, options.cpus_per_trial, options.local, options.home) == (3, 2, True, Path("elsewhere"))
    assert options.fixed == {"n_init": "auto"}
    assert options.ranges == {"n_clusters": (2.0, 9.0)}
    assert (options.concurrent, options.name) == (1, None)


def test_config_file_as_json(config):
    options = parse(["--config", config('{"detector": "devnet", "dataset": "celeba", "fix": {"hidden": [20]}}')])
    assert options.fixed == {"hidden": (20,)}


@pytest.mark.parametrize("position", ["before", "after", "joined"])
def test_command_line_wins_over_the_file(config, position):
    path = config("detector: kmeans\ntrials: 5\nseed: 4\nscheduler: none\n")
    given = ["--config", path] if position != "joined" else [f"--config={path}"]
    rest = [*TWO, "--trials", "9", "--scheduler", "asha"]
    options = parse([*given, *rest] if position == "before" else [*rest, *given])
    assert (options.detector, options.trials, options.seed, options.scheduler) == ("devnet", 9, 4, "asha")


def test_record_is_plain_and_round_trips(config, tmp_path):
    import yaml

    options = parse([*TWO, "--fix", "margin=5", "--range", "lr=1e-4:1e-2", "--home", "h", "--trials", "3"])
    record = options.record()
    assert not {"fixed", "ranges", "seconds"} & set(record)
    assert all(isinstance(v, str | int | float | bool | tuple | None) for v in record.values())
    again = parse(["--config", config(yaml.safe_dump({k: list(v) if isinstance(v, tuple) else v
                                                      for k, v in record.items() if k != "config"}))])  # fmt: skip
    assert replace(again, config=None) == options


@pytest.mark.parametrize(
    "uri",
    ["postgresql://me:hunter2@host:5432/db", "redis://:hunter2@host", "mysql+pymysql://me:hunt%40er2hunter2@host/db"],
)
def test_record_has_no_password(uri):
    options = parse([*TWO, "--study-storage", uri, "--tracking-uri", uri, "--storage", uri])
    assert "hunter2" not in str(options.record())
    assert "***@host" in str(options.record())


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        ("http://host:5000", "http://host:5000"),
        ("http://me@host:5000/p", "http://***@host:5000/p"),
        ("http://me:pw@host:5000/p?q=1", "http://me:***@host:5000/p?q=1"),
        ("http://:pw@host", "http://:***@host"),
        ("postgresql://me:p@ss@host/db", "postgresql://me:***@host/db"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
    ],
)
def test_shown(uri, seen):
    from launch.common.redaction import shown

    assert shown(uri) == seen


@pytest.mark.parametrize(
    "argument",
    [
        "postgresql://me:hunter2@host/db",
        "--tracking-uri=http://me:hunter2@host",
        "redis://:hunter2@host",
        "postgresql://me:hunter2@hunter2@host/db",
    ],
)
def test_the_recorded_command_has_no_password(monkeypatch, argument):
    import sys

    from launch.common import provenance

    monkeypatch.setattr(sys, "argv", ["launch/tune.py", "devnet", "celeba", "--study-storage", argument])
    assert "hunter2" not in provenance.command()
    assert "host" in provenance.command()


def test_the_address_of_a_dataset_keeps_no_secret():
    with pytest.raises(UsageError, match="the address holds a secret") as error:
        parse(["iforest", "https://host/x.csv?token=abcdef"])
    assert "abcdef" not in str(error.value)


def test_moved_to_is_for_a_search_that_is_gone_on_with():
    with pytest.raises(UsageError, match=r"--moved-to b.csv is for --resume"):
        parse(["iforest", "a.csv", "--moved-to", "b.csv"])


def test_a_search_that_an_older_version_began_stops_trials_as_it_did(tmp_path):
    home, options = Home.at(tmp_path), parse(["iforest", "rows.csv", "--name", "old"])
    saved_options.save(home, options, [("old", "iforest")])
    assert saved_options.load(tmp_path, "old")["stop_above"] == 1.0
    path = home.study("old", saved_options.SUFFIX)
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "stop_above"}))
    assert saved_options.load(tmp_path, "old")["stop_above"] == 0.0  # there was no such limit
