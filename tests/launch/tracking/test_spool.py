"""The spool: whole lines, whatever happens to who writes them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess

import pytest

from launch.common.locks import held
from launch.tracking.spool import Spool, SpoolFull, read
from tests.launch.tracking.outage_tools import story

# -- what a spool says --------------------------------------------------------------------


def test_a_spool_says_what_was_told(spool):
    runs = read(spool)
    assert list(runs) == ["parent", "trial-0", "trial-1", "trial-2", "final"]
    assert all(r.started for r in runs.values())
    assert {k: r.ended for k, r in runs.items()} == {
        "parent": "FINISHED", "trial-0": "FINISHED", "trial-1": "FINISHED", "trial-2": "FAILED", "final": "FINISHED",
    }  # fmt: skip
    rounds = {k: max(r.last.values(), default=0) for k, r in runs.items()}
    assert rounds == {"parent": 0, "trial-0": 2, "trial-1": 3, "trial-2": 4, "final": 0}
    assert runs["trial-1"].rows == [
        {"round": 1, "val_ap": 1.0625}, {"round": 2, "val_ap": 1.125}, {"round": 2, "fit_seconds_total": 0.5},
        {"round": 3, "val_ap": 1.1875}, {"round": 3, "fit_seconds_total": 0.5},
    ]  # fmt: skip
    assert runs["trial-2"].tags == {"kind": "trial", "trial_number": 2, "state": "failed", "rounds": 4}
    assert read(spool.with_name("none.jsonl")) == {}


def test_a_spool_cut_anywhere_goes_on(tmp_path):
    """Whatever a killed writer left of a line goes, and every whole line stays."""
    whole = b"".join(json.dumps(e).encode() + b"\n" for e in story()[:3])
    ends = {0} | {i + 1 for i, byte in enumerate(whole) if byte == 10}
    path = tmp_path / "cut"
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at])
        Spool(path).close()
        assert path.stat().st_size == max(e for e in ends if e <= at)
    path.write_bytes(whole[:-5])
    spool = Spool(path)
    assert held(path)
    spool.append({"event": "end", "key": "trial-0", "status": "KILLED"})
    spool.close()
    assert not held(path)
    kinds = [json.loads(line)["event"] for line in path.read_text().splitlines()]
    assert kinds == ["parent", "run", "end"]


@contextlib.contextmanager
def small_disk(folder):
    """A file system of 64 KB, where one can be mounted."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_every_whole_line(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk") as real:
        path = tmp_path / "disk" / "s.spool.jsonl"
        spool = Spool(path)
        if not real:

            class Full:
                def __init__(self, file):
                    self.file, self.truncate, self.close = file, file.truncate, file.close

                def write(self, data):
                    room = 65536 - os.path.getsize(path)
                    if room <= 0:
                        raise OSError(errno.ENOSPC, "No space left on device")
                    return self.file.write(data[:room])

            spool._file = Full(spool._file)
        written = 0

        def fill():
            nonlocal written
            while written < 1000:
                spool.append({"event": "tags", "key": "a", "tags": {"n": written, "text": "x" * 700}})
                written += 1

        with pytest.raises(SpoolFull, match=r"s\.spool\.jsonl cannot be written \(No space left on device\)"):
            fill()
        lines = path.read_bytes().splitlines(keepends=True)
        assert written > 50
        assert [json.loads(line)["tags"]["n"] for line in lines] == list(range(written))
        assert lines[-1].endswith(b"\n")
        with pytest.raises(SpoolFull):
            spool.append({"event": "tags", "key": "a", "tags": {"n": -1, "text": "x" * 70_000}})
        spool.append({"event": "end"})  # a short one has room, and the file is whole after the long one
        assert path.read_bytes().splitlines()[-1] == b'{"event": "end"}'
        spool.close()
