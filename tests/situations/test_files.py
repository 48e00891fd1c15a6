"""How files are written: separators, encodings, compression, what stands above and below the rows."""

import gzip

import pytest

from tests.situations.situation import Situation, as_csv, as_text, assert_right, table

SITUATIONS = (
    Situation("a CSV with commas", as_csv(table()), says=("128 training",), columns={"f0": "numeric"}),
    Situation("semicolons between cells", as_csv(table(), sep=";"), columns={"f0": "numeric"}),
    Situation("tabs between cells", as_csv(table(), sep="\t"), columns={"f2": "numeric"}),
    Situation("a byte order mark", as_csv(table(), encoding="utf-8-sig"), columns={"f0": "numeric"}),
    Situation(
        "a gzipped CSV",
        as_text(gzip.compress(table().to_csv(index=False).encode()), "data.csv.gz"),
        columns={"f0": "numeric"},
    ),
    Situation("a header and no rows", as_text("f0,f1,label\n"), refuses=("no table of rows",)),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_files(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
