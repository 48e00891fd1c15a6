"""What is sent to a cluster, what is refused before, and how a log is followed over lost connections."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
import requests
from ray.exceptions import AuthenticationError
from ray.job_submission import JobStatus
from rich.console import Console

from launch import submit
from launch.backend import code_staging, node_probe, ray_jobs, submission
from launch.common.environment import ROOT
from launch.common.errors import UsageError

HOME = ("--home", "/shared/runs")


def test_the_code_travels_and_nothing_else(tmp_path):
    size = code_staging.stage(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {*code_staging.PACKAGES, "pyproject.toml", "constraints.txt"}
    for name in (
        "launch/tune.py",
        "trainables/core/detector.py",
        "launch/evaluation/published.csv",
        "search_spaces/devnet.py",
    ):
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert size == sum(p.stat().st_size for p in files) < 3_000_000
    assert not [p for p in files if "__pycache__" in p.parts or p.suffix in (".pyc", ".joblib", ".npz", ".db")]


def test_a_copy_of_the_code_is_the_same_code(tmp_path):
    code_staging.stage(tmp_path)
    for package in code_staging.PACKAGES:  # a model that is registered there is trusted here by the hash of its code
        tracked = ["git", "ls-files", package]
        listed = subprocess.run(tracked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        missing = {name for name in listed if not (tmp_path / name).exists()}
        assert missing <= {"launch/cluster/Dockerfile"}, "add its suffix to code_staging.SUFFIXES"
    script = "import json, sys; from launch.backend import node_probe; print(json.dumps(node_probe.code()))"
    out = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    copy, here = json.loads(out), node_probe.code()
    assert copy == {"code": here["code"], "where": str(tmp_path)}
    assert here["where"] == str(ROOT)


def test_what_people_leave_among_the_code_stays(tmp_path, monkeypatch):
    tree = {
        "launch/tune.py": b"x", "launch/cluster/Dockerfile": b"x", "launch/cluster/.env": b"secret",
        "runs/mlflow.db": b"x", ".git/HEAD": b"x", "data/8_celeba.npz": b"x", "datasets/model.joblib": b"x",
        "datasets/.cache/a.json": b"x", "datasets/big.csv": b"x" * (code_staging.LARGEST + 1), "tests/test_a.py": b"x",
        "launch/__pycache__/a.py": b"x",
    }  # fmt: skip
    for name, content in tree.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(content)
    (tmp_path / "mine.py").write_text("mine")
    monkeypatch.setattr(code_staging, "ROOT", tmp_path / "tree")
    target = tmp_path / "target"
    target.mkdir()
    assert code_staging.stage(target, {"given/mine.py": tmp_path / "mine.py"}) == 6
    sent = {str(p.relative_to(target)) for p in target.rglob("*") if p.is_file()}
    assert sent == {"launch/tune.py", "launch/cluster/Dockerfile", "given/mine.py"}


def test_the_environment_of_a_job_says_nothing_of_authentication():
    variables = code_staging.environment()
    assert variables["RAY_USAGE_STATS_ENABLED"] == "0"
    assert variables["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert not [name for name in variables if "AUTH" in name]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["devnet", "celeba"], "--home is missing: a job runs in a copy of the code, which is thrown away"),
        (["devnet", "celeba", "--home", "runs2"], "--home runs2: a job runs in a copy"),
        (["devnet", "celeba", *HOME, "--storage", "x"], "--storage x: a job runs in a copy"),
        (["devnet", "celeba", *HOME, "--data_dir=d"], "--data-dir d: a job runs in a copy"),
        (["devnet", "celeba", *HOME, "--summary", "s.json"], "--summary s.json: a job runs in a copy"),
        (["devnet", "celeba", *HOME, "--tracking-uri", "sqlite:///a.db"], "--tracking-uri sqlite:///a.db: a job"),
        (["devnet", "celeba", *HOME, "--local"], "leave out --local and --address"),
        (["devnet", "celeba", *HOME, "--address", "auto"], "leave out --local and --address"),
        (["--list"], "--list needs no cluster"),
        (["devnet", "celeba", *HOME, "--trials", "0"], "--trials must be at least 1"),
        (["devnet", "celeba", *HOME, "--enqueue", "none.json"], "--enqueue none.json: no such file"),
        (["--resume", "../x", *HOME], "--resume '../x'"),
        (["devnet", "celeba", *HOME, "--trils", "3"], "tune.py does not take these arguments"),
    ],
)
def test_what_is_refused_before_anything_is_sent(arguments, words):
    with pytest.raises(UsageError) as caught:
        submission.read(arguments)
    assert words in str(caught.value)


def test_a_secret_is_refused_and_not_shown():
    for uri in ("http://me:hunter22@host:5000", "postgresql://me:hunter22@host/db"):
        with pytest.raises(UsageError, match="MLFLOW_TRACKING_PASSWORD, PGPASSWORD") as caught:
            submission.read(["devnet", "celeba", *HOME, f"--tracking-uri={uri}"])
        assert "hunter22" not in str(caught.value)


def test_a_secret_in_a_configuration_file_is_refused(tmp_path):
    (tmp_path / "c.yaml").write_text("home: /shared/runs\nstudy_storage: postgresql://me:hunter22@host/db\n")
    with pytest.raises(UsageError, match=r"postgresql://me:\*\*\*@host/db holds a secret"):
        submission.read(["devnet", "celeba", "--config", str(tmp_path / "c.yaml")])


def test_a_search_gets_a_name_by_which_it_can_be_gone_on_with():
    given = ["devnet", "celeba", "--trials", "500", *HOME, "--data-dir", "/shared/data"]
    search = submission.read(given)
    assert search.name.startswith("devnet-celeba-2")
    assert search.arguments == [*given, "--name", search.name]
    assert (search.home, search.files, search.notes) == ("/shared/runs", {}, ())
    assert submission.read(["all", "celeba", *HOME]).name.startswith("celeba-2")
    named = submission.read(["devnet", "celeba", *HOME, "--name=friday"])
    assert (named.name, named.arguments[-1]) == ("friday", "--name=friday")
    assert "--data-dir" in named.notes[0]


def test_a_search_is_gone_on_with_whose_home_is_not_seen_from_here():
    given = ["--resume", "friday", "--home", "/not/mounted/here", "--trials", "128"]
    search = submission.read(given)
    assert (search.name, search.arguments, search.home) == ("friday", given, "/not/mounted/here")
    with pytest.raises(UsageError, match="--trials must be at least 1"):
        submission.read([*given[:-1], "0"])


def test_files_that_are_named_travel_along(tmp_path):
    for name, content in {"mine.py": "x = 1", "first.json": "[]", "o.yaml": "trials: 5\nhome: /shared/runs\n"}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "o.yaml").write_text(f"trials: 5\nhome: /shared/runs\nenqueue: {tmp_path / 'first.json'}\n")
    search = submission.read(
        [
            "mine",
            "celeba",
            f"--detector_path={tmp_path / 'mine.py'}",
            "--config",
            str(tmp_path / "o.yaml"),
            "--name",
            "n",
        ]
    )
    assert search.files == {
        "given/config/o.yaml": tmp_path / "o.yaml",
        "given/detector_path/mine.py": tmp_path / "mine.py",
        "given/enqueue/first.json": tmp_path / "first.json",  # named by the file of options
    }
    assert search.arguments == [
        "mine", "celeba", "--name", "n", "--config", "given/config/o.yaml",
        "--detector-path", "given/detector_path/mine.py", "--enqueue", "given/enqueue/first.json",
    ]  # fmt: skip
    assert search.home == "/shared/runs"


@dataclass
class Client:
    """A job server that answers from a script: an exception, or (state, log)."""

    script: list[Any]
    code: int | None = None
    message: str = ""
    submitted: dict[str, Any] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def get_job_info(self, job: str) -> Any:
        step = self.script[0]
        if isinstance(step, BaseException):
            self.script.pop(0)
            raise step
        return SimpleNamespace(
            status=JobStatus(step[0]), driver_exit_code=self.code, message=self.message, submission_id=job,
            metadata={"study": "friday", "home": "/shared/runs"}, start_time=None, end_time=None,
        )  # fmt: skip

    def get_job_logs(self, job: str) -> str:
        log = self.script[0][1]
        if len(self.script) > 1:
            self.script.pop(0)
        if isinstance(log, BaseException):
            raise log
        return str(log)

    def stop_job(self, job: str) -> bool:
        self.stopped.append(job)
        return True

    def submit_job(self, **given: Any) -> str:
        self.submitted = given
        folder = Path(given["runtime_env"]["working_dir"])
        self.submitted["files"] = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
        return str(given["submission_id"])


def follow(*script: Any, code: int | None = None, message: str = "") -> tuple[int, str, list[float]]:
    console, slept = Console(file=io.StringIO()), []  # type: ignore[var-annotated]
    jobs = ray_jobs.Jobs("http://head:8265", Client(list(script), code, message))
    with mock.patch.object(ray_jobs.time, "sleep", slept.append):
        result = ray_jobs.follow(jobs, "friday-1", console)
    return result, console.file.getvalue(), slept  # type: ignore[attr-defined]


def test_a_log_is_shown_as_it_grows_and_the_job_has_the_last_word():
    code, shown, slept = follow(
        ("PENDING", ""), ("RUNNING", "one\ntw"), ("RUNNING", "one\ntwo\n"), ("SUCCEEDED", "one\ntwo\nthree\n"), code=0
    )
    assert (code, shown, len(slept)) == (0, "one\ntwo\nthree\n", 3)


def test_lost_connections_lose_no_line_and_show_none_twice(capsys):
    gone = requests.ConnectionError("no route to host")
    code, shown, slept = follow(
        ("RUNNING", "one\n"), gone, gone, ("RUNNING", TimeoutError("timed out")), ("RUNNING", "one\ntwo\n"),
        RuntimeError("Request failed with status code 500: restarting."), ("SUCCEEDED", "one\ntwo\nthree\n"), code=0,
    )  # fmt: skip
    assert (code, shown) == (0, "one\ntwo\nthree\n")
    assert [round(s, 3) for s in slept] == [1.0, 1.0, 2.0, 4.0, 1.0, 1.0]  # longer each time, and short again after
    assert capsys.readouterr().err.splitlines() == [
        "Connection lost (no route to host); trying again. The search goes on there.",
        "Connected again.",
        "Connection lost (Request failed with status code 500: restarting.); trying again. The search goes on there.",
        "Connected again.",
    ]


def test_a_cluster_that_stays_away_is_given_up_with_a_way_back(capsys, monkeypatch):
    monkeypatch.setattr(ray_jobs, "PATIENCE", 100)
    gone = [requests.ConnectionError("no route")] * 50
    code, _, slept = follow(*gone, ("RUNNING", ""))
    assert (code, slept) == (1, [1, 2, 4, 8, 16, 30, 30, 30])
    assert "submit.py --address http://head:8265 --follow friday-1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("state", "code", "result", "words"),
    [
        ("FAILED", 2, 2, ""),
        ("FAILED", 3, 3, ""),
        ("FAILED", None, 1, "friday-1 failed: its node died"),
        ("STOPPED", None, 130, "friday-1 was stopped."),
    ],
)
def test_the_exit_code_is_the_jobs(capsys, state, code, result, words):
    assert follow((state, "log\n"), code=code, message="its\nnode died")[0] == result
    assert capsys.readouterr().err.strip() == words


def test_an_ended_job_whose_log_went_with_its_node_ends_here_too(capsys):
    code, _, slept = follow(*[("FAILED", RuntimeError("status code 500"))] * 20, code=1)
    assert (code, sum(slept)) == (1, 31)
    assert "The end of its log cannot be read any more" in capsys.readouterr().err


def test_a_job_that_nobody_knows():
    missing = RuntimeError("Request failed with status code 404: Job x does not exist.")
    with pytest.raises(UsageError, match="knows no such job; if its head was started anew"):
        follow(missing, ("RUNNING", ""))


def test_a_gateway_that_answers_in_the_clusters_place_is_a_lost_connection():
    gateway = [
        RuntimeError("Request failed with status code 404: Not Found."),
        AuthenticationError("Forbidden"),
        ValueError("no JSON"),
    ]
    code, shown, slept = follow(("RUNNING", "one\n"), *gateway, ("SUCCEEDED", "one\ntwo\n"), code=0)
    assert (code, shown) == (0, "one\ntwo\n")
    assert slept == pytest.approx([1, 1, 2, 4], abs=0.01)
    with pytest.raises(UsageError, match="asks for a token"):
        follow(AuthenticationError("Forbidden"), ("RUNNING", ""))


def test_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(capsys):
    code, shown, _ = follow(("RUNNING", "one\n"), KeyboardInterrupt(), ("RUNNING", "one\n"))
    assert (code, shown) == (130, "one\n")
    said = capsys.readouterr().err
    for what in ("follow", "status", "stop"):
        assert f"launch/submit.py --address http://head:8265 --{what} friday-1" in said


def test_a_job_that_is_stopped_has_time_and_says_how_to_go_on(monkeypatch):
    client, console = Client([("RUNNING", ""), ("RUNNING", ""), ("STOPPED", "")]), Console(file=io.StringIO())
    jobs = ray_jobs.Jobs("http://head:8265", client)
    monkeypatch.setattr(ray_jobs.time, "sleep", lambda _: client.script.pop(0))
    assert ray_jobs.stop(jobs, "friday-1", console) == 0
    assert client.stopped == ["friday-1"]
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "has 90 s to leave its record" in said
    assert "launch/submit.py --address http://head:8265 -- --resume friday --home /shared/runs" in said


def test_what_a_job_is_made_of(tmp_path, toy):
    client, console = Client([]), Console(file=io.StringIO(), width=200)
    given = ["toy", "celeba", *HOME, "--detector-path", str(toy), "--name", "friday", "--fix", "mode=a b"]
    job = ray_jobs.submit(ray_jobs.Jobs("http://head:8265", client), submission.read(given), console)
    sent = client.submitted
    assert sent["entrypoint"] == (
        "exec python launch/tune.py toy celeba --home /shared/runs --name friday --fix 'mode=a b' "
        "--detector-path given/detector_path/toy_detector.py --address auto"
    )
    assert sent["submission_id"] == job
    assert job.startswith("friday-")
    assert sent["metadata"] == {"study": "friday", "home": "/shared/runs"}
    assert {"launch/tune.py", "given/detector_path/toy_detector.py", "COMMIT"} <= sent["files"]
    variables = sent["runtime_env"]["env_vars"]
    assert variables["RAY_USAGE_STATS_ENABLED"] == "0"
    assert int(variables["RAY_JOB_STOP_WAIT_TIME_S"]) >= 60  # Ray's 3 s would kill a search while it writes
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "KB of code with toy_detector.py to http://head:8265." in said
    assert f"Submitted {job}, study friday in /shared/runs." in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give one of: -- and the arguments of tune.py"),
        (["--follow", "a", "--stop", "b"], "give one of: "),
        (["--follow", "a", "--", "devnet", "celeba"], "give one of: "),
        (["--detach", "--status", "a"], "give one of: "),
        (["--address", "head:6379", "--status", "a"], "give the job server's URL, such as http://HEAD:8265"),
        (["--address", "http://127.0.0.1:1", "--status", "a"], "no job server answers at http://127.0.0.1:1"),
        (["--", "devnet", "celeba"], "--home is missing"),
    ],
)
def test_the_command_says_in_a_line_what_is_wrong(capsys, monkeypatch, arguments, words):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert submit.main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
