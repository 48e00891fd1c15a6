"""A search that is ended from outside, or whose Ray is killed, ends soon, in words of ours, with a way to go on."""

import os
import signal

import psutil
import pytest

from tests.launch.conftest import HANG, Store, run_here, started, wait_for
from tests.launch.toy import TOY, TOY_SPACE

pytestmark = pytest.mark.slow
PAUSE = TOY_SPACE.replace('"width": 3}', '"width": 3, "pause": 0.5}').replace('"width": t', '"pause": 0.5, "width": t')
SLOW = TOY + PAUSE


def to_the_group(process, below):
    """As `timeout` does."""
    os.kill(process.pid, signal.SIGTERM)
    os.killpg(process.pid, signal.SIGTERM)


def to_all(process, below):
    """As Slurm and systemd do."""
    for one in [psutil.Process(process.pid), *below]:
        one.terminate()


def to_raylet(process, below):
    next(one for one in below if one.cmdline()[0].endswith("/raylet")).kill()


@pytest.mark.parametrize(
    ("end", "code", "words"),
    [
        (to_the_group, 130, "Stopped during the search."),
        (to_all, 130, "Stopped"),
        (to_raylet, 1, "Ray's process raylet is gone, which ended the search."),
    ],
)
def test_it_ends_soon_and_says_how_to_go_on(tmp_path, data_dir, home, end, code, words):
    (tmp_path / "slow.py").write_text(SLOW)
    command = (
        "slow", "celeba", "--detector-path", "slow.py", "--data-dir", data_dir, "--home", home, "--name", "x",
        "--trials", 60, "--max-rounds", 4, "--scheduler", "none", "--confirm", 0,
    )  # fmt: skip

    def one_ended():
        spool = home / "studies" / "x.spool.jsonl"
        return spool.exists() and '"event": "end"' in spool.read_text()

    with started(*command, cwd=tmp_path) as process:
        wait_for(lambda: one_ended() or process.poll() is not None)
        end(process, psutil.Process(process.pid).children(recursive=True))
        out, err = process.communicate(timeout=HANG)
    assert process.returncode == code, out + err
    assert words in out
    assert "launch/tune.py --resume x --home" in out.splitlines()[-1]
    assert err == ""
    assert "raylet)" not in out
    assert "RUNNING" not in {run["status"] for run in Store(home / "mlflow.db").runs().values()}


def test_the_report_is_written_by_who_comes_after_a_kill(tmp_path, data_dir, home):
    (tmp_path / "toy.py").write_text(TOY + TOY_SPACE)
    command = (
        "toy", "celeba", "--detector-path", "toy.py", "--data-dir", data_dir, "--home", home, "--name", "x",
        "--trials", 2, "--max-rounds", 2, "--confirm", 1, "--local",
    )  # fmt: skip
    assert run_here(*command, cwd=tmp_path).code == 0
    report = home / "studies" / "x.report.html"
    whole = len(report.read_text())
    report.unlink()  # killed after its summary
    assert run_here(*command, cwd=tmp_path).code == 0
    assert len(report.read_text()) > 0.9 * whole
