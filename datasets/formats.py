"""The kinds of files that tables are read from, and what a file is called."""

from __future__ import annotations

import re

TEXT, JSON, EXCEL, PARQUET, ARROW, NPZ = "text", "json", "excel", "parquet", "arrow", "npz"
KINDS = {
    TEXT: (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data"),
    JSON: (".json", ".jsonl", ".ndjson"),
    EXCEL: (".xlsx", ".xlsm"),
    PARQUET: (".parquet", ".pq"),
    ARROW: (".feather", ".arrow", ".ipc"),
    NPZ: (".npz",),
}
"""What is in a file, and the suffixes that say so."""
CALLED = {
    TEXT: "text", JSON: "JSON", EXCEL: "an Excel workbook", PARQUET: "Parquet", ARROW: "Arrow", NPZ: "NumPy's npz",
}  # fmt: skip
PACKINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "Zstandard", ".zip": "zip"}
SUFFIXES = tuple(suffix for of_kind in KINDS.values() for suffix in of_kind)
REFUSED = (
    ".xls",
    ".xlsb",
    ".ods",
    ".arff",
    ".mat",
    ".npy",
    ".h5",
    ".hdf5",
    ".pkl",
    ".pickle",
    ".sqlite",
    ".db",
    ".orc",
)
"""Tables, too, but not read: what to do instead is said when such a file is opened."""
WHAT_IS_READ = "CSV and other text, Excel (.xlsx), JSON (lines), Parquet, Feather and npz, packed or not"


def kind_of(name: str) -> str:
    """The kind that a file's name says, or ""."""
    lower = name.lower()
    for packing in PACKINGS:
        lower = lower.removesuffix(packing)
    return next((kind for kind, suffixes in KINDS.items() if lower.endswith(suffixes)), "")


def is_called_a_table(name: str) -> bool:
    """Whether a name ends as the file of a table does."""
    return name.lower().endswith((*SUFFIXES, *PACKINGS, *REFUSED))


def stem(name: str) -> str:
    """The name of a file without the suffixes of its kind and packing."""
    suffixes = "|".join(re.escape(suffix) for suffix in (*SUFFIXES, *REFUSED))
    packings = "|".join(map(re.escape, PACKINGS))
    return re.sub(rf"({suffixes})?({packings})?$", "", name, count=1, flags=re.I)
