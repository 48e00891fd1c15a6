"""Tables of text, one row a line: what belongs to them is streamed to pandas, and the rest is named."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import pandas as pd

from datasets.errors import DataError
from datasets.tables.readers.common import Say, check_names, named
from datasets.tables.readers.encodings import encoding_of
from datasets.tables.readers.layout import Layout, layout_of
from datasets.tables.readers.source import Source
from datasets.tables.readers.totals import TOTALS
from datasets.wording import counted, verb

HEAD_LINES = 400
_BLOCK = 1 << 18


def read(
    source: Source, rows: int | None, as_text: tuple[str, ...], encoding: str | None, say: Say
) -> Iterator[pd.DataFrame]:
    """A table of text in chunks of so many rows; None gives the whole.

    Raises
    ------
    DataError
        For lines of another length, a quote that is never closed, NUL bytes, two columns of one name.
    """
    codec, note = encoding_of(source, encoding)
    if note:
        say(note)
    with source.open() as raw:
        lines = iter(io.TextIOWrapper(raw, codec, newline=""))
        head = list(islice(lines, HEAD_LINES))
        layout = layout_of(head)
        if layout is None:
            raise DataError(f"{source.path} is empty")
        for line in layout.notes:
            say(line)
        if layout.names is not None:
            check_names(layout.names, source.path)
        stream = _Stream(_Rows(source, layout, say).texts(chain(head, lines)))
        yield from _frames(stream, source, layout, rows, as_text)


def _frames(
    stream: _Stream, source: Source, layout: Layout, rows: int | None, as_text: tuple[str, ...]
) -> Iterator[pd.DataFrame]:
    bare = layout.names is None
    names = [f"x{i}" for i in range(layout.width)] if bare else list(layout.names or ())
    options: dict[str, Any] = {
        "header": None if bare else 0,
        "sep": r"\s+" if layout.separator == " " else layout.separator,
        "skipinitialspace": True,
        "low_memory": False,
    }
    if as_text:
        options["dtype"] = {k if bare else name: "string" for k, name in enumerate(names) if name in as_text}
    with pd.read_csv(stream, chunksize=rows, iterator=True, index_col=False, **options) as reader:
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", pd.errors.ParserWarning)
                    frame = reader.read(rows)
            except StopIteration:
                return
            if bare:
                frame.columns = pd.Index(names)
            frame.attrs["separator"] = layout.separator
            yield named(_without_end(frame, names), source.path)


def _without_end(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Without the column that a separator at the end of every line makes."""
    last = len(names) - 1
    return frame.iloc[:, :last] if last and not names[last] and frame.iloc[:, last].isna().all() else frame


class _Stream(io.TextIOBase):
    """What pandas reads: a text that is made while it is read."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        parts, length = [], 0
        for text in self._texts:
            parts.append(text)
            length += len(text)
            if length >= _BLOCK and size != -1:
                break
        return "".join(parts)


class _Rows:
    """The rows of a text, each checked."""

    def __init__(self, source: Source, layout: Layout, say: Say) -> None:
        self.path, self.layout, self.say = source.path, layout, say
        self.line = 0
        """Lines read so far."""
        self.repeated: list[int] = []
        self.comments = 0
        self.totals: str | None = None
        """The first row that starts like totals."""

    def texts(self, lines: Iterator[str]) -> Iterator[str]:
        """The header as pandas takes it, and every row; what is left out is said at the end."""
        layout = self.layout
        for _ in range(layout.above):
            next(lines)
            self.line += 1
        header = ""
        if layout.names is not None:
            header = "".join(islice(lines, layout.header_lines))
            self.line += layout.header_lines
            yield self._names(layout.names)
        first = header.split("\n", 1)[0].strip()
        held, empty = "", []
        separators = layout.separator + ' "\t\r\n'
        for text in self._records(lines):
            if text.isspace() or (layout.width > 1 and not text.strip(separators)):
                empty.append(text)  # at the end they are none of the table's rows
                continue
            if first and text.strip() == first:
                self.repeated.append(self.line)
                continue
            if held:
                yield held
            if empty:
                yield from empty
                empty.clear()
            held = text
        yield from self._last(held)
        self._say_left_out()

    def _names(self, names: tuple[str, ...]) -> str:
        written = io.StringIO()
        separator = self.layout.separator
        if separator == " ":
            return " ".join(names) + "\n"
        csv.writer(written, delimiter=separator, lineterminator="\n").writerow(names)
        return written.getvalue()

    def _records(self, lines: Iterator[str]) -> Iterator[str]:
        """The rows with as many cells as they should have."""
        separator, width, comments = self.layout.separator, self.layout.width, self.layout.comments
        want = width if self.layout.names is None else len(self.layout.names)
        for line in lines:
            self.line += 1
            start, text = self.line, line
            if "\0" in line:
                raise DataError(f"{self.path}, line {start} holds a NUL byte: the file is damaged there; mend the line")
            if separator == " ":
                cells = len(line.split())
            elif '"' in line:
                text, cells = self._quoted(line, lines)
            else:
                cells = line.count(separator) + 1
            if cells != want and text.strip() == "\x1a":  # how DOS ended a file
                continue
            if cells != want and not text.isspace():
                if comments and text.startswith("#"):
                    self.comments += 1
                    continue
                text = self._mended(text, cells, want, start, lines)
            if self.totals is None and not text[0].isdigit() and TOTALS.match(text):
                self.totals = text
            yield text

    def _quoted(self, line: str, lines: Iterator[str]) -> tuple[str, int]:
        """A row that has quotes, to its end, with the number of its cells."""
        taken = [line]

        def more() -> Iterator[str]:
            for one in lines:
                self.line += 1
                taken.append(one)
                yield one

        start = self.line
        options: dict[str, Any] = {"delimiter": self.layout.separator, "skipinitialspace": True}
        try:
            row = next(csv.reader(chain([line], more()), strict=True, **options))
        except csv.Error as error:
            if "end of data" in str(error) or "field larger" in str(error):
                raise DataError(
                    f"{self.path}, line {start} opens a quote that is never closed; mend the line"
                ) from error
            row = next(csv.reader(taken, **options))
        return "".join(taken), len(row)

    def _mended(self, text: str, cells: int, want: int, line: int, lines: Iterator[str]) -> str:
        """A row with a separator at its end is as good as one without; any other length is refused."""
        separator = self.layout.separator
        bare = text.rstrip()
        if cells == want + 1 and separator != " " and bare.endswith(separator):
            return bare[: -len(separator)] + "\n"
        if cells == want - 1 and self.layout.names is not None and not self.layout.names[-1]:
            return bare + separator + "\n"
        names = "the header names" if self.layout.names is not None else "most lines have"
        rest = [other.count(separator) + 1 != want for other in lines if not other.isspace()]
        more = f" (so {verb(sum(rest), 'does', 'do')} {counted(sum(rest), 'line')} after it)" if any(rest) else ""
        if cells > want:
            out = "quote the cell that holds a separator, or name every column"
        else:
            out = "mend the line" if rest else "mend or remove the line; is the file cut short there?"
        raise DataError(f"{self.path}, line {line} has {counted(cells, 'cell')} and {names} {want}{more}; {out}")

    def _last(self, held: str) -> Iterator[str]:
        """The last row, unless it holds totals and no other row starts as it does."""
        found = TOTALS.match(held)
        if not found or self.totals != held:
            yield held
            return
        shown = held.strip()[:60]
        self.say(f"the last row left out, it holds totals ({shown!r})")

    def _say_left_out(self) -> None:
        if self.repeated:
            some = ", ".join(map(str, self.repeated[:3])) + (", …" if len(self.repeated) > 3 else "")
            self.say(f"the header again in line {some}, left out {counted(self.repeated, 'time')}")
        if self.comments:
            self.say(f"{counted(self.comments, 'line')} of comments left out")
