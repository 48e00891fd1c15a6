"""The example that serves a model runs as it is, and leaves no server behind."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launch.conftest import HANG

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "serve_and_score.py"


@pytest.mark.slow
def test_serve_and_score_runs(home, tmp_path):
    given = [sys.executable, str(SCRIPT), "--home", str(home)]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SearchResult(iforest on machines-" in done.stdout
    assert re.search(r"serving models:/iforest-machines-\w+@champion\n", done.stdout)
    header, *rows = re.search(r"^( +temperature .*\n(?:\d .*\n)+)the server has stopped", done.stdout, re.M)[
        1
    ].splitlines()
    assert header.split()[3:] == ["score", "label", "probability", "probability_kind", "p_value"]
    assert len(rows) == 8
    labels = [int(row.split()[5]) for row in rows]
    assert labels[0] == 1, "the machine that stands out is no anomaly"
    port = int(re.search(r"on http://127\.0\.0\.1:(\d+)", done.stdout)[1])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server still listens"
