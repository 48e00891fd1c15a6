"""How files are written: separators, encodings, compression, what stands above and below the rows."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.situations.situation import Situation, as_csv, as_text, assert_right, table

TABLE = table()
TEXT = TABLE.to_csv(index=False)
LINES = TEXT.splitlines()
NUMBERS = {"f0": "numeric", "f1": "numeric", "f2": "numeric"}
ROWS = ("128 training",)


def lines(*, above=(), header=LINES[0], below_header=(), rows=LINES[1:], under=(), end="\n"):
    return end.join([*above, *([header] if header else []), *below_header, *rows, *under]) + end


def whole(problem):
    """All rows were read, as they are."""
    X = np.concatenate([problem.development.X, problem.sealed.X])
    assert X.shape == (len(TABLE), 3)
    np.testing.assert_allclose(np.sort(X[:, 0]), np.sort(TABLE["f0"]), rtol=1e-6)


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def zstd(folder):
    path = folder / "data.csv.zst"
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(TEXT.encode())
    return path


def excel(**sheets):
    """Sheets of rows, or frames."""

    def make(folder):
        path = folder / "data.xlsx"
        with pd.ExcelWriter(path, engine="openpyxl") as writer:
            for name, frame in sheets.items():
                bare = not isinstance(frame, pd.DataFrame)
                pd.DataFrame(frame).to_excel(writer, sheet_name=name, index=False, header=not bare)
        return path

    return make


def grid(*above, under=()):
    return [*above, list(TABLE.columns), *TABLE.to_numpy().tolist(), *under]


def parts(suffix, *, key=None, of=lambda frame, k: frame, extra=()):
    """A folder of three parts."""

    def make(folder):
        root = folder / "parts"
        for k in range(3):
            place = root / f"{key}={'abc'[k]}" if key else root
            place.mkdir(parents=True, exist_ok=True)
            frame = of(TABLE.iloc[k::3], k)
            if suffix == "parquet":
                frame.to_parquet(place / f"part-{k}.parquet", index=False)
            else:
                frame.to_csv(place / f"part-{k}.csv", index=False)
        for name in extra:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        return root

    return make


def written(name, write):
    def make(folder):
        write(TABLE, folder / name)
        return folder / name

    return make


def records(frame=TABLE):
    return frame.to_dict(orient="records")


WITH_KIND = TABLE.assign(kind=["tcp", "udp", "icmp", "tcp"] * 50)[["kind", "f0", "f1", "f2", "label"]]
BARE = WITH_KIND.assign(label=np.where(TABLE["label"] == 1, "attack", "normal")).to_csv(index=False, header=False)
LATIN = TABLE.assign(stadt=["Köln", "Zürich", "Genève", "Aarau"] * 50)
CITY = {**NUMBERS, "stadt": "categorical"}


def encoded(encoding, texts, column="stadt"):
    frame = TABLE.assign(**{column: (texts * 100)[: len(TABLE)]})
    return as_text(frame.to_csv(index=False).encode(encoding))


def texts_of(column):
    def check(problem):
        (found,) = [c for c in problem.schema.columns if c.name == column]
        assert found.categories == tuple(sorted(WORDS[column])), found.categories

    return check


WORDS = {
    "stadt": ("Köln", "Zürich", "Genève", "Århus"),
    "都市": ("東京", "大阪", "札幌"),
    "город": ("Москва", "Казань", "Тула"),
    "城市": ("北京", "上海", "广州"),
    "miasto": ("Łódź", "Kraków", "Gdańsk"),
}

SITUATIONS = (
    Situation("a CSV with commas", as_csv(TABLE), says=ROWS, columns=NUMBERS, check=whole, unsaid=("left out",)),
    Situation("semicolons between cells", as_csv(TABLE, sep=";"), columns=NUMBERS),
    Situation("tabs between cells", as_csv(TABLE, sep="\t"), columns=NUMBERS),
    Situation("a .tsv", as_csv(TABLE, "data.tsv", sep="\t"), says=ROWS, columns=NUMBERS),
    Situation("bars between cells", as_csv(TABLE, "data.psv", sep="|"), says=ROWS, columns=NUMBERS, check=whole),
    Situation(
        "columns lined up with spaces",
        as_text(TABLE.to_string(index=False), "data.txt"),
        says=ROWS,
        columns=NUMBERS,
        check=whole,
    ),
    Situation("a .data file without a header", as_text(BARE, "kdd.data"), ("--label-column", "x4"),
              says=("No header: its columns are x0 to x4", "'tcp, "),
              columns={"x0": "categorical", "x1": "numeric"}),
    Situation("numbers alone, without a header", as_text("\n".join(LINES[1:])), ("--label-column", "x3"),
              says=("No header: its columns are x0 to x3", *ROWS)),
    Situation("a header of years", as_csv(TABLE.set_axis(["2019", "2020", "2021", "label"], axis=1)),
              says=ROWS, columns={"2019": "numeric", "2021": "numeric"}, unsaid=("no header",)),
    Situation("Windows line ends", as_text(lines(end="\r\n")), says=ROWS, check=whole),
    Situation("line ends of old Macs", as_text(lines(end="\r")), says=ROWS, check=whole),
    # packed
    Situation("a gzipped CSV", as_text(gzip.compress(TEXT.encode()), "data.csv.gz"), columns=NUMBERS),
    Situation("a CSV packed with bzip2", as_text(bz2.compress(TEXT.encode()), "data.csv.bz2"), says=ROWS, check=whole),
    Situation("a CSV packed with xz", as_text(lzma.compress(TEXT.encode()), "data.csv.xz"), says=ROWS, check=whole),
    Situation("a CSV packed with Zstandard", zstd, says=ROWS, check=whole),
    Situation("a zip with one CSV", as_text(zipped(**{"data.csv": TEXT}), "data.zip"),
              says=("The zip holds data.csv", *ROWS), check=whole),
    Situation("a zip with what macOS adds", as_text(zipped(**{"data.csv": TEXT, "__MACOSX__._data.csv": "x"}), "d.zip"),
              says=("The zip holds data.csv",), check=whole),
    Situation("a zip of two tables", as_text(zipped(**{"train.csv": TEXT, "test.csv": TEXT}), "data.zip"),
              refuses=("a zip of 2 files (train.csv, test.csv)", "unpack it")),
    Situation("a gzipped CSV that is cut short", as_text(gzip.compress(TEXT.encode())[:-200], "data.csv.gz"),
              refuses=("data.csv.gz cannot be read as a table", "cut short")),
    Situation("a gzipped CSV that is called .csv", as_text(gzip.compress(TEXT.encode())), says=ROWS, check=whole),
    # above and below the rows
    Situation("sep= above the header", as_text("sep=;\n" + TEXT.replace(",", ";")), says=ROWS, check=whole),
    Situation("comments above the header", as_text(lines(above=("# made by a program", "# version 2, of May"))),
              says=ROWS, check=whole),
    Situation("a header in a comment", as_text(lines(header="# " + LINES[0].replace(",", ", "))),
              says=("The header is the comment above the rows",), columns=NUMBERS, check=whole),
    Situation("a title and a blank line above the header", as_text(lines(above=("Report of May, final", ""))),
              says=("A line above the header left out ('Report of May final')", *ROWS), check=whole),
    Situation("titles with as many separators as the rows", as_text(lines(above=("Report,,,", ",,,"))),
              says=("above the header left out ('Report')",), check=whole),
    Situation("names and values above the header, as devices write",
              as_text(lines(above=("Device,X100", "Operator,A,B", "Date,2024-05-01", ""))),
              says=("3 lines above the header left out ('Device X100')",), columns=NUMBERS, check=whole),
    Situation("the end of a file as DOS marked it", as_text(lines(under=("\x1a",))), says=ROWS, check=whole),
    Situation("a header one name short, as R writes it",
              as_text(lines(header=LINES[0], rows=[f"{k},{x}" for k, x in enumerate(LINES[1:], 1)])),
              refuses=("line 2 has 5 cells and the header names 4", "name every column")),
    Situation("units under the header", as_text(lines(below_header=("mm,kg,°C,-",))),
              says=("Line 2 under the header left out, it holds units ('mm, kg, °C, -')",), columns=NUMBERS,
              check=whole),
    Situation("The header again in the middle", as_text(lines(rows=[*LINES[1:100], LINES[0], *LINES[100:]])),
              says=("The header again in line 101",), columns=NUMBERS, check=whole),
    Situation("a row of totals at the end", as_text(lines(under=("Total,812.5,91.2,20",))),
              says=("The last row left out, it holds totals ('Total,812.5,91.2,20')",), columns=NUMBERS, check=whole),
    Situation("empty rows at the end, as spreadsheets write", as_text(lines(under=(",,,", ",,,"))), says=ROWS,
              check=whole),
    Situation("a separator at the end of every row", as_text(lines(header=LINES[0], rows=[f"{x}," for x in LINES[1:]])),
              says=ROWS, check=whole),
    Situation("a separator at the end of every line", as_text("\n".join(f"{x}," for x in LINES)), says=ROWS,
              check=whole,
              unsaid=("Unnamed",)),
    # broken
    Situation("a row with a cell too many", as_text(lines(rows=[*LINES[1:50], "1,2,3,0,9", *LINES[50:]])),
              refuses=("line 51 has 5 cells and the header names 4", "quote the cell")),
    Situation("rows with a cell too few", as_text(lines(rows=[*LINES[1:50], "1,0", "2,1", *LINES[50:]])),
              refuses=("line 51 has 2 cells and the header names 4 (so does 1 line after it)", "mend the line")),
    Situation("a last line that was cut short", as_text(lines(under=("0.1,0.2",))),
              refuses=("line 202 has 2 cells", "cut short")),
    Situation("line numbers count the lines of quoted cells",
              as_text(lines(header="note," + LINES[0], rows=[f'"a\nb",{x}' for x in LINES[1:50]], under=("c,1,2",))),
              refuses=("line 100 has 3 cells",)),
    Situation("quoted cells with line ends", as_csv(TABLE.assign(note=["a\nb", 'say "so", please'] * 100)),
              says=ROWS, columns={**NUMBERS, "note": "categorical"}, check=lambda p: texts_are(p, "note", "a\nb")),
    Situation("a quote that is never closed", as_text(lines(rows=[*LINES[1:30], '"1,2,3,0', *LINES[30:]])),
              refuses=("line 31 opens a quote that is never closed",)),
    Situation("a NUL byte", as_text(lines(rows=[*LINES[1:9], "1,2,\x00,0", *LINES[9:]])),
              refuses=("line 10 holds a NUL byte",)),
    Situation("two columns of one name", as_text(TEXT.replace("f1", "f0", 1)), refuses=("more than one column 'f0'",)),
    Situation("an empty file", as_text(""), refuses=("is empty",)),
    Situation("a header and no rows", as_text("f0,f1,label\n"), refuses=("no table of rows",)),
    # encodings
    Situation("a byte order mark", as_csv(TABLE, encoding="utf-8-sig"), columns=NUMBERS),
    Situation("UTF-16 with a mark", encoded("utf-16", WORDS["stadt"]), says=("Read as UTF-16",), columns=CITY,
              check=texts_of("stadt")),
    Situation("UTF-16 without a mark", encoded("utf-16-le", WORDS["stadt"]), says=("Read as UTF-16-LE",), columns=CITY,
              check=texts_of("stadt")),
    Situation("cp1252", encoded("cp1252", WORDS["stadt"]),
              says=("No UTF-8, read as cp1252 (", "--encoding says otherwise"),
              columns=CITY, check=texts_of("stadt")),
    Situation("Shift-JIS", encoded("cp932", WORDS["都市"], "都市"), says=("No UTF-8, read as cp932 (",),
              check=texts_of("都市")),
    Situation("Cyrillic in cp1251", encoded("cp1251", WORDS["город"], "город"), says=("No UTF-8, read as cp1251",),
              check=texts_of("город")),
    Situation("Chinese in GB18030", encoded("gb18030", WORDS["城市"], "城市"), says=("No UTF-8, read as gb18030",),
              check=texts_of("城市")),
    Situation("Polish in cp1250", encoded("cp1250", WORDS["miasto"], "miasto"), says=("No UTF-8, read as cp1250",),
              check=texts_of("miasto")),
    Situation("an encoding that is said", encoded("cp852", WORDS["miasto"], "miasto"), ("--encoding", "cp852"),
              check=texts_of("miasto"), unsaid=("no UTF-8",)),
    Situation("an encoding that does not fit", encoded("cp1252", WORDS["stadt"]), ("--encoding", "utf-8"),
              refuses=("is not utf-8, as --encoding says",)),
    Situation("one line in another encoding",
              as_text(LATIN.to_csv(index=False).encode() + "1,2,3,0,Köln\n".encode("cp1252")),
              refuses=("line 202 is not UTF-8 as the other lines are", "--encoding")),
    # other formats
    Situation("Parquet", written("data.parquet", lambda f, p: f.to_parquet(p)), says=ROWS, check=whole),
    Situation("Parquet that is called .csv", written("data.csv", lambda f, p: f.to_parquet(p)),
              says=("The file is Parquet by its content",), check=whole),
    Situation("Parquet with an index", written("data.parquet",
              lambda f, p: f.set_index(f.index.rename("machine") ** 2).to_parquet(p)),
              says=("Its index 'machine' is no column",), check=whole),
    Situation("Feather", written("data.feather", lambda f, p: f.to_feather(p)), says=ROWS, check=whole),
    Situation("Arrow", written("data.arrow", lambda f, p: arrow(f, p)), says=ROWS, check=whole),
    Situation("Excel", excel(Sheet1=TABLE), says=ROWS, check=whole, unsaid=("sheet",)),
    Situation("Excel with a title, units and totals",
              excel(Data=[["Report of May", None, None, None], [None] * 4, *grid()[:1], ["mm", "kg", "°C", "-"],
              *grid()[1:],
                          ["Total", 812.5, 91.2, 20]]),
              says=("'Report of May'", "holds units ('mm, kg, °C, -')", "The last row left out, it holds totals"),
              columns=NUMBERS, check=whole),
    Situation("Excel with a sheet of notes", excel(Read_me=[["made in May"]], Data=TABLE),
              says=("The sheet 'Data' is read, of 2",), check=whole),
    Situation("Excel with two tables", excel(train=TABLE, test=TABLE.iloc[:50]),
              refuses=("more than one sheet with a table: 'train' (200 rows), 'test' (50 rows)", "--sheet")),
    Situation("Excel with two tables, one of them said", excel(train=TABLE, test=TABLE.iloc[:50]), ("--sheet", "train"),
              says=("The sheet 'train' is read, of 2",), check=whole),
    Situation("a sheet that is not there", excel(train=TABLE), ("--sheet", "tset"),
              refuses=("--sheet tset: ", "'train'")),
    Situation("Excel that is called .csv", lambda f: excel(Data=TABLE)(f).rename(f / "data.csv"),
              says=("The file is an Excel workbook by its content",), check=whole),
    Situation("Excel with a cell in error", excel(Data=[*grid()[:9], ["#DIV/0!", 1, 1, 0], *grid()[9:]]),
              refuses=("sheet 'Data', row 10 holds the error #DIV/0!",)),
    Situation("an .xls of old", as_text(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "data.xls"),
              refuses=("an old Excel workbook (.xls): save it as .xlsx",)),
    Situation("text that is called .xls", as_csv(TABLE, "data.xls", sep="\t"), says=ROWS, check=whole),
    Situation("JSON lines", written("data.jsonl", lambda f, p: f.to_json(p, orient="records", lines=True)),
              says=ROWS, check=whole),
    Situation("JSON lines, one cut short",
              as_text("\n".join(map(json.dumps, records())) + '\n{"f0": 1,', "data.ndjson"),
              refuses=("line 201 is no JSON",)),
    Situation("a JSON array", as_text(json.dumps(records()), "data.json"), says=ROWS, check=whole),
    Situation("JSON as pandas writes it", written("data.json", lambda f, p: f.to_json(p)), says=ROWS, check=whole),
    Situation("JSON under one name", as_text(json.dumps({"count": 200, "rows": records()}, indent=1), "data.json"),
              says=ROWS, check=whole),
    Situation("JSON that is no table", as_text('{"lr": 0.1,\n "epochs": 20}', "data.json"), refuses=("no table",)),
    # no tables
    Situation("a web page", as_text("<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"),
              refuses=("is a web page ('Sign in'), not a table",)),
    Situation("a pointer of Git LFS",
              as_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
              refuses=("a pointer of Git LFS", "git lfs pull")),
    Situation("a SQLite database", as_text(b"SQLite format 3\x00" + bytes(100), "data.db"),
              refuses=("SQLite database",)),
    Situation("a pickle", written("data.pkl", lambda f, p: f.to_pickle(p, protocol=4)),
              refuses=("a pickle, which may run code",)),
    # folders
    Situation("a folder of Parquet parts", parts("parquet", extra=("_SUCCESS", ".part-0.crc")),
              says=("3 files of the folder parts (part-0.parquet, …) are one table", *ROWS), check=whole),
    Situation("a folder of CSV parts", parts("csv"), says=("3 files",), check=whole),
    Situation("folders named key=value", parts("parquet", key="shop"),
              says=("with the columns shop of their folders",), columns={**NUMBERS, "shop": "categorical"}),
    Situation("parts of which one has a column less",
              parts("csv", of=lambda f, k: f.drop(columns="f1") if k == 1 else f),
              refuses=("part-1.csv has no column 'f1', unlike part-0.csv",)),
    Situation("a column that is text in one part alone",
              parts("csv", of=lambda f, k: f.assign(code=["x" if k == 2 else "01"] * len(f))),
              columns={**NUMBERS, "code": "categorical"}, check=lambda p: texts_are(p, "code", "01")),
    Situation("parts of two kinds", parts("csv", extra=("more.parquet",)), refuses=("files of 2 kinds",)),
    Situation("a Delta table", parts("parquet", extra=("_delta_log/0.json",)), refuses=("a Delta table", "log")),
    Situation("a folder of images without images:", lambda f: image_folder(f), refuses=("give it as images:",)),
    Situation("a file:// address", lambda f: f"file://{as_csv(TABLE, 'my data.csv')(f)}".replace(" ", "%20"), says=ROWS,
              check=whole),
    Situation("an address whose package is missing", lambda f: "s3://bucket/train.csv", ("--data-dir", "."),
              refuses=("s3://bucket/train.csv: reading s3:// needs a package", "pip install s3fs")),
    Situation("a folder without tables", lambda f: empty_folder(f), refuses=("a folder without a table",)),
)  # fmt: skip


def texts_are(problem, column, text):
    (found,) = [c for c in problem.schema.columns if c.name == column]
    assert text in found.categories, found.categories


def arrow(frame, path):
    data = pa.Table.from_pandas(frame)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
        writer.write_table(data)


def image_folder(folder: Path) -> Path:
    (folder / "photos" / "normal").mkdir(parents=True)
    (folder / "photos" / "normal" / "a.png").write_bytes(b"\x89PNG")
    return folder / "photos"


def empty_folder(folder: Path) -> Path:
    (folder / "nothing").mkdir()
    (folder / "nothing" / "notes.md").write_text("x")
    return folder / "nothing"


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_files(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
