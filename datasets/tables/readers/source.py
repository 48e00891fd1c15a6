"""What a file is, by its first bytes: kind, packing, the file in an archive; or what it is instead of a table."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from datasets.errors import DataError
from datasets.formats import ARROW, CALLED, EXCEL, JSON, NPZ, PACKINGS, PARQUET, TEXT, kind_of
from datasets.wording import counted

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", PARQUET), (b"ARROW1", ARROW), (b"FEA1", ARROW), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "Zstandard"),
)  # fmt: skip
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save it as .xlsx or CSV"),
    (b"SQLite format 3\x00", "a SQLite database: write the table that is meant as CSV or Parquet"),
    (b"\x89HDF", "HDF5: write the table as Parquet (pandas: read_hdf, to_parquet)"),
    (b"MATLAB 5.0", "a MATLAB file: write its X and y as .npz (scipy.io.loadmat, numpy.savez)"),
    (b"\x93NUMPY", "a single NumPy array: write X and y into an .npz (numpy.savez)"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"), (b"Rar!", "a RAR archive: unpack it"), (b"%PDF", "a PDF document"),
    (b"\x80\x03", "a pickle, which may run code when it is read: write the table as Parquet"),
    (b"\x80\x04", "a pickle, which may run code when it is read: write the table as Parquet"),
    (b"\x80\x05", "a pickle, which may run code when it is read: write the table as Parquet"),
    (b"ORC", "ORC: write the table as Parquet"), (b"Obj\x01", "Avro: write the table as Parquet"),
    (b"\x89PNG", "an image; a folder of images is given as images:FOLDER"),
    (b"\xff\xd8\xff", "an image; a folder of images is given as images:FOLDER"),
    (b"$FL2", "SPSS: write the table as CSV or Parquet"), (b"<stata_dta>", "Stata: write the table as Parquet"),
)  # fmt: skip
_HEAD = 4096


@dataclass(frozen=True)
class Source:
    """A file on this machine, and how what stands in it is reached.

    Parameters
    ----------
    path : Path
    kind : str
        Of what is inside: one of `KINDS`.
    packings : tuple of str
        How it is packed, from the outside.
    member : str, optional
        The one file in a zip.
    notes : tuple of str
        What a person should know of it.
    """

    path: Path
    kind: str = ""
    packings: tuple[str, ...] = ()
    member: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)

    def open(self) -> IO[bytes]:
        """What is inside, from its start; seekable where it is not packed."""
        stream: IO[bytes] = open(self.path, "rb")  # noqa: SIM115 the caller closes it
        for packing in self.packings:
            stream = _unpacked(stream, packing, self.member)
        return stream

    def open_whole(self) -> Any:
        """What is inside, for readers that go back and forth: the path where it is not packed."""
        if not self.packings:
            return self.path
        with self.open() as stream:
            return io.BytesIO(stream.read())


def find(path: Path) -> Source:
    """What a file is.

    Raises
    ------
    DataError
        If it is no table: another kind of file, a web page, a pointer, an archive of several files.
    """
    source, kind = Source(path), ""
    head = _head(source)
    for _ in range(3):
        kind = next((name for magic, name in _MAGIC if head.startswith(magic)), "")
        if kind == "zip":
            kind, member = _inside_zip(source)
            source = Source(path, packings=source.packings, member=member or source.member)
        if kind not in PACKINGS.values():
            break
        source = Source(path, packings=(*source.packings, kind), member=source.member)
        head = _head(source)
    kind = kind or _of_content(head, path)
    wanted = kind_of(source.member or path.name)
    if wanted not in ("", TEXT, JSON) and kind == TEXT and _is_binary(head):
        raise DataError(f"{path} cannot be read as a table (it is not {CALLED[wanted]}); is it damaged or cut short?")
    notes = []
    if wanted and kind != wanted and {kind, wanted} != {TEXT, JSON}:
        notes.append(f"the file is {CALLED[kind]} by its content, and is read so")
    if source.member:
        notes.append(f"the zip holds {source.member}, which is read")
    return Source(path, kind, source.packings, source.member, tuple(notes))


def _head(source: Source) -> bytes:
    with source.open() as stream:
        return stream.read(_HEAD)


def _unpacked(stream: IO[bytes], packing: str, member: str | None) -> IO[bytes]:
    if packing == "zip":
        try:
            return zipfile.ZipFile(stream).open(member or "")
        except RuntimeError as error:  # encrypted
            raise DataError(f"{getattr(stream, 'name', 'the zip')} is a zip with a password: unpack it") from error
    if packing == "gzip":
        return gzip.open(stream)  # type: ignore[return-value]
    if packing == "bzip2":
        return bz2.open(stream)
    if packing == "xz":
        return lzma.open(stream)
    import pyarrow as pa  # reads Zstandard on every Python

    return io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))


def _inside_zip(source: Source) -> tuple[str, str | None]:
    """What a zip is: a workbook, NumPy's arrays, or one packed file with its name."""
    try:
        with zipfile.ZipFile(source.open_whole()) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise DataError(f"{source.path} cannot be read as a table (a zip that is cut short or damaged)") from error
    if any(name.startswith("xl/") for name in names):
        if any(name.endswith("workbook.bin") for name in names):
            raise DataError(f"{source.path} is a binary Excel workbook (.xlsb): save it as .xlsx or CSV")
        return EXCEL, None
    if "mimetype" in names and "content.xml" in names:
        raise DataError(f"{source.path} is an OpenDocument table (.ods): save it as .xlsx or CSV")
    if names and all(name.endswith(".npy") for name in names):
        return NPZ, None
    inside = [n for n in names if not n.endswith("/") and not re.search(r"(^|/)(__MACOSX/|\.|Thumbs\.db|_)", n)]
    if len(inside) != 1:
        listed = ", ".join(inside[:5]) + (", …" if len(inside) > 5 else "")
        raise DataError(
            f"{source.path} is a zip of {counted(inside, 'file')} ({listed or 'none'}): unpack it and give the "
            f"one that is "
            "meant, or a folder of parts"
        )
    return "zip", inside[0]


def _of_content(head: bytes, path: Path) -> str:
    """Text or JSON; refuse what is known to be something else."""
    other = next((what for magic, what in _OTHERS if head.startswith(magic)), None)
    if other is None and head[257:262] == b"ustar":
        other = "a tar archive: unpack it, and give the file or the folder of parts"
    if other is None and re.match(rb"version https://git-lfs", head):
        other = "a pointer of Git LFS, not the data: fetch them (git lfs pull)"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if other is None and (start.startswith((b"<!doctype", b"<html", b"<head")) or b"<html" in head[:1000].lower()):
        title = re.search(rb"<title[^>]*>(.*?)</title", head, re.I | re.S)
        named = f" ({' '.join(title[1].decode(errors='replace').split())[:60]!r})" if title else ""
        other = f"a web page{named}, not a table: a sign-in page may be in the way; download the file by hand"
    if other is None and start.startswith(b"<?xml"):
        other = "XML: write the table as CSV"
    if other is None and re.search(rb"^\s*@relation\b", head, re.I | re.M):
        other = "ARFF: write the table as CSV (scipy.io.arff.loadarff, pandas' to_csv)"
    if other is None and re.match(rb"[-+]?[\d.]+(?: +\d+:[-+]?[\d.]+(?:e[-+]?\d+)?)+\s*\n", head, re.I):
        other = "in the form of libsvm: write its X and y as .npz (sklearn.datasets.load_svmlight_file, numpy.savez)"
    if other is not None:
        raise DataError(f"{path} is {other}")
    if start.startswith(b"{") or re.match(rb'\[\s*([{\[]|"[^"\n]*"\s*,|-?\d)', start):
        return JSON
    return TEXT


def _is_binary(head: bytes) -> bool:
    return bool(re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)) or len(head.split(b"\n", 1)[0]) == len(head) < 64
