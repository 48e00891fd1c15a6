import json

import pytest

from datasets.errors import DataError
from datasets.problems.protocols import prepare
from datasets.problems.seal import Sealed, count_test_reads

WHO = {"study": "s\u2028é\n", "detector": "d", "reason": "r"}


def test_labels_stay_sealed_when_the_ledger_cannot_be_written(toy, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write the ledger .*seal\.jsonl .*stay sealed"):
        prepare(toy()).sealed.open(tmp_path / "file" / "seal.jsonl", **WHO)


def test_line_is_synced_before_labels_are_handed_out(toy, tmp_path, monkeypatch):
    ledger, seen = tmp_path / "seal.jsonl", []
    sealed = prepare(toy()).sealed
    monkeypatch.setattr("datasets.problems.seal.os.fsync", lambda handle: seen.append(ledger.read_text()))
    sealed.open(ledger, **WHO)
    assert json.loads(seen[0])["study"] == WHO["study"]

    def broken(handle):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("datasets.problems.seal.os.fsync", broken)
    with pytest.raises(DataError, match="Input/output error"):
        sealed.open(ledger, **WHO)


def test_readings_counts_one_split_and_forgives_a_cut_line(toy, tmp_path):
    ledger = tmp_path / "seal.jsonl"
    prepare(toy()).sealed.open(ledger, **WHO)
    prepare(toy(), "raw").sealed.open(ledger, **WHO)
    prepare(toy(), "report", 1).sealed.open(ledger, **WHO)
    with open(ledger, "a") as handle:
        handle.write('{"time": "2025-01-01", "dataset": "toy", "prot')
    assert count_test_reads(ledger, "toy", "report", 0) == 1
    prepare(toy()).sealed.open(ledger, **WHO)  # closes the cut line, then adds its own
    assert count_test_reads(ledger, "toy", "report", 0) == 2
    assert Sealed.count_test_reads(ledger, "toy", "raw", 0) == 1
    assert count_test_reads(ledger, "toy", "report", 1) == 1
    assert count_test_reads(ledger, "other", "report", 0) == 0
    assert len(ledger.read_text().split("\n")) == 6


def test_readings_of_a_folder_is_a_clear_error(tmp_path):
    with pytest.raises(DataError, match="cannot read the ledger"):
        count_test_reads(tmp_path, "toy", "report", 0)
