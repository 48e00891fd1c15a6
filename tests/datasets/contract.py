"""What every dataset of the catalogue promises, under each of its protocols."""

import copy
import json
import pickle

import cloudpickle
import numpy as np
import pytest

from datasets.problems.parts import Part
from datasets.problems.protocols import prepare
from datasets.problems.rules import PROTOCOLS
from datasets.problems.seal import count_test_reads


def rows_of(*parts: Part) -> list[bytes]:
    """Rows with labels as sorted bytes: equal lists mean equal multisets."""
    return sorted(
        row.tobytes() for part in parts for row in np.column_stack([part.X.astype(np.float32), part.y.astype("f4")])
    )


def patterns(part: Part) -> set[bytes]:
    return {row.tobytes() for row in part.X}


class DatasetContract:
    """Subclass it and give the fixtures `dataset`, `row` and `protocol`."""

    @pytest.fixture(scope="class")
    def problem(self, protocol, dataset):
        return prepare(dataset, protocol)

    @pytest.fixture(scope="class")
    def test_part(self, problem, tmp_path_factory):
        ledger = tmp_path_factory.mktemp("home") / "seal.jsonl"
        return problem.sealed.open(ledger, study="contract", detector="none", reason="test")

    def test_shape_and_types_are_those_of_the_catalogue(self, dataset, row, protocol):
        assert dataset.name == row.name
        assert dataset.X.shape == row.shape
        assert int(dataset.y.sum()) == row.anomalies
        assert dataset.X.dtype in (np.uint8, np.float32 if dataset.schema is None else np.float64)
        assert dataset.y.dtype == np.int8
        assert dataset.X.flags.c_contiguous
        assert len(dataset.feature_names) == len(set(dataset.feature_names)) == row.shape[1]
        assert len(dataset.sha256) == 64
        assert set(row.protocols) <= set(PROTOCOLS)
        assert {protocol, row.default_protocol} <= set(row.protocols)
        assert prepare(dataset).protocol == row.default_protocol

    def test_development_and_test_cover_what_stays(self, problem, test_part, dataset):
        counts = problem.counts
        assert counts["rows"] == len(dataset.y)
        assert counts["development"]["rows"] + counts["test"]["rows"] + counts["duplicates_dropped"] == counts["rows"]
        assert rows_of(problem.development, test_part) == rows_of(problem.full())
        for side, part in (("development", problem.development), ("test", test_part)):
            assert counts[side] == {"rows": len(part), "anomalies": part.anomalies}
        assert len(test_part) == problem.sealed.rows

    def test_split_covers_development_and_nothing_else(self, problem):
        split = problem.split(1)
        train, valid = problem._folds.masks(problem.development.y, 1)
        assert np.array_equal(train, ~valid)
        sides = {True: problem.development.take(train), False: problem.development.take(valid)}
        if problem.schema is None:  # then rows are as they were
            assert rows_of(split.train, split.valid) == rows_of(problem.development)
        np.testing.assert_array_equal(split.train.y, sides[True].y)
        np.testing.assert_array_equal(split.valid.y, sides[False].y)
        assert split.seed == 1
        sides = (("train", split.train), ("valid", split.valid))
        counted = {side: {"rows": len(part), "anomalies": part.anomalies} for side, part in sides}
        if problem.protocol != "holdout":  # groups are of different sizes there: the counts are the first split's
            assert {side: problem.counts[side] for side in counted} == counted

    def test_validation_is_a_stratified_fifth(self, problem):
        split, whole = problem.split(5), problem.development
        assert len(split.valid) / len(whole) == pytest.approx(0.2, abs=0.01)
        assert split.valid.anomalies == pytest.approx(0.2 * whole.anomalies, rel=0.03, abs=1)

    def test_same_seed_same_rows_other_seed_other_rows(self, problem):
        first, again, other = problem.split(7), problem.split(7), problem.split(8)
        np.testing.assert_array_equal(first.valid.X, again.valid.X)
        np.testing.assert_array_equal(first.train.y, again.train.y)
        assert not np.array_equal(first.valid.X, other.valid.X)

    def test_preparing_again_gives_the_same_rows(self, problem, dataset):
        again = prepare(dataset, problem.protocol)
        np.testing.assert_array_equal(again.development.X, problem.development.X)
        np.testing.assert_array_equal(again.development.y, problem.development.y)
        other = prepare(dataset, problem.protocol, 1).development
        assert not np.array_equal(other.X, problem.development.X)

    def test_duplicates_and_patterns_keep_the_protocol(self, problem, test_part):
        rules = PROTOCOLS[problem.protocol]
        everything = rows_of(problem.full())
        if rules.drop_duplicates or rules.name == "raw":
            assert (len(everything) == len(set(everything))) == rules.drop_duplicates
        if rules.drop_duplicates:  # then a test row is in no training part, label included
            assert not set(rows_of(test_part)) & set(rows_of(problem.development))
        if rules.by_pattern:
            assert not patterns(test_part) & patterns(problem.development)
            train, valid = problem._folds.masks(problem.development.y, 2)
            assert not patterns(problem.development.take(train)) & patterns(problem.development.take(valid))

    def test_sealed_rows_never_travel(self, problem):
        for dump in (pickle.dumps, cloudpickle.dumps, copy.deepcopy):
            for thing in (problem.sealed, problem):
                with pytest.raises(TypeError, match="sealed"):
                    dump(thing)
        pickle.dumps(problem.split(0))

    def test_repr_leaks_nothing(self, problem):
        assert repr(problem.sealed) == f"Sealed({problem.sealed.rows} rows)"
        public = {name for name in dir(problem.sealed) if not name.startswith("_")}
        assert public == {"open", "count_test_reads", "rows", "masked", "X"}
        assert "array" not in repr(problem)

    def test_opening_is_on_record_before_labels_are_out(self, problem, tmp_path):
        ledger = tmp_path / "home" / "seal.jsonl"
        key = (problem.dataset, problem.protocol, problem.outer_split)
        assert count_test_reads(ledger, *key) == 0
        problem.sealed.open(ledger, study="s", detector="d", reason="r")
        problem.sealed.open(ledger, study="s", detector="d", reason="r")
        assert problem.sealed.count_test_reads(ledger, *key) == 2
        line = json.loads(ledger.read_text().splitlines()[0])
        assert line["sha256"] == problem.sha256
        assert line["rows"] == problem.sealed.rows
        assert list(line) == (
            ["time", "dataset", "sha256", "protocol", "outer_split", "study", "detector", "reason", "rows"]
        )

    def test_notes_are_said(self, problem, dataset):
        assert problem.note.startswith(f"protocol {problem.protocol}: ")
        assert all(note in problem.note for note in dataset.notes)
        assert "\n" not in problem.note
