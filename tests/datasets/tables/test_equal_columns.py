"""Columns that say the same are named, those that nearly do are not."""

import numpy as np

from datasets.problems.dataset import ColumnReport
from datasets.tables.equal_columns import with_equals
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, NUMERIC, Column, Schema

NAN = np.nan


def named(*columns):
    schema = Schema(tuple(Column(f"c{j}", kind, ("a", "b", "c")) for j, (kind, _) in enumerate(columns)))
    reports = [ColumnReport(column.name, column.kind, "", 0) for column in schema.columns]
    found = with_equals(reports, schema, np.column_stack([values for _, values in columns]).astype(float))
    return {report.name: report.about.rpartition("as ")[2] for report in found if report.about}


def test_numbers_must_be_the_same():
    numbers = [1, 2, NAN, 0.0]
    assert named((NUMERIC, numbers), (NUMERIC, [1, 2, NAN, -0.0]), (NUMERIC, [2, 4, NAN, 0])) == {"c1": "'c0'"}


def test_texts_and_flags_may_be_other_texts():
    flags, texts = (BOOLEAN, [0, 1, 1, NAN]), (CATEGORICAL, [1, 0, 0, NAN])
    assert named(flags, texts, (CATEGORICAL, [1, 0, 2, NAN])) == {"c1": "'c0'"}


def test_a_number_is_no_flag():
    assert named((BOOLEAN, [0, 1]), (NUMERIC, [0, 1])) == {}
