"""How the letters of a text file are encoded: found from all of it, never from a chunk."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO

from datasets.errors import DataError
from datasets.tables.readers.source import Source

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_OTHERS = [
    "cp1250", "cp1251", "cp1253", "cp932", "gb18030", "cp949", "big5", "euc_jp", "koi8_r", "cp850", "mac_roman",
]  # fmt: skip
_SAMPLE = 20_000
_MOSTLY = 0.9
_SYMBOLS = "°µ€£§²³±×·–—‘’“”…½¼¾®©™«»¿¡ª º"  # noqa: RUF001


def encoding_of(source: Source, given: str | None) -> tuple[str, str]:
    """The encoding of a text file, and what to say of it ("" where it goes without saying).

    Raises
    ------
    DataError
        For an unknown encoding, one that does not fit, or a line that is unlike all others.
    """
    if given:
        return _given(source, given), ""
    with source.open() as stream:
        head = stream.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, "" if name == "utf-8-sig" else f"read as {name.upper()}"
    if len(head) > 1 and head.count(0) > len(head) // 5:
        wide = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        return wide, f"read as {wide.upper()}"
    if _is_utf8(source):
        return "utf-8", ""
    return _other(source)


def _given(source: Source, given: str) -> str:
    try:
        name = codecs.lookup(given).name
    except LookupError as error:
        raise DataError(f"`encoding` {given}: unknown; give one such as utf-8, cp1252, shift_jis, utf-16") from error
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for block in _blocks(source):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DataError(f"{source.path} is not {given}, as `encoding` says: {_reason(error)}") from error
    return "utf-8-sig" if name == "utf-8" else name


def _is_utf8(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(source):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(source: Source) -> Iterator[bytes]:
    with source.open() as stream:
        while block := stream.read(1 << 20):
            yield block


def _other(source: Source) -> tuple[str, str]:
    """The encoding of what is no UTF-8, from lines that have more than ASCII."""
    sample, number, wrong = [], 0, (0, 0)
    right = 0
    with source.open() as stream:
        for number, line in enumerate(_lines(stream), 1):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                right += 1
            except UnicodeDecodeError:
                wrong = (wrong[0] or number, wrong[1] + 1)
                sample.append(line)
            if sum(map(len, sample)) > _SAMPLE:
                break
    if right > _MOSTLY * (right + wrong[1]):
        raise DataError(
            f"{source.path}, line {wrong[0]} is not UTF-8 as the other lines are: mend it, or say how the file is "
            "encoded (`encoding`)"
        )
    raw = b"\n".join(sample)
    name = "cp1252" if _is_western(raw) else _by_statistics(raw)
    if name is None:
        raise DataError(f"{source.path}: its encoding is unknown (line {wrong[0]} is no UTF-8): say it (`encoding`)")
    text = raw.decode(name, "replace")
    example = max(re.findall(r"\w*[^\W\x00-\x7f]+\w*|[^\x00-\x7f]", text)[:20], key=len, default="")
    return name, f"no UTF-8, read as {name} ({example!r}); `encoding` says otherwise"


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    for line in stream:
        yield from line.splitlines() or [b""]


def _is_western(raw: bytes) -> bool:
    """Whether it reads as Western European: lone letters with accents among plain ones, symbols between words."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return False
    runs = re.findall(r"[^\x00-\x7f]+", text)
    letters = sum(len(run) for run in runs if run.isalpha())
    if sum(len(run) == 1 for run in runs) < 0.65 * len(runs):
        return False
    symbols = sum(not (c.isalpha() or c in _SYMBOLS) for run in runs for c in run)
    return symbols == 0 and _strange(text) <= 0.02 * max(1, letters)


_ODD = re.compile(
    r"[\x80-\x9f\u2500-\u25ff]"  # controls and lines of boxes
    r"|[^\W\d_][^\w\s\x00-\x7f\u2019\u2013\xb7][^\W\d_]"  # a symbol between letters
    r"|[£¥§²³¹][a-zà-ÿ]"  # a sign for a letter
    r"|[A-Za-z][\u0370-\u04ff\u3400-\ud7af]|[\u0370-\u04ff\u3400-\ud7af][A-Za-z]"  # two scripts in a word
    r"|[a-zß-öø-ÿ][^\W\d_a-zß-ÿ]?[A-ZÀ-ÖØ-ÞŠŽŒŸ][a-zß-öø-ÿ]"  # a capital within a word
)


def _strange(text: str) -> int:
    """How much stands in no word."""
    return len(_ODD.findall(text))


def _by_statistics(raw: bytes) -> str | None:
    """The encoding that charset-normalizer finds likeliest, of those that make words."""
    from charset_normalizer import from_bytes  # a tenth of a second, for few files

    ranked = [match.encoding for match in from_bytes(raw, cp_isolation=_OTHERS)]
    texts = {name: text for name in _OTHERS if (text := _decoded(raw, name)) is not None}
    if "cp949" in texts and _share(texts["cp949"], "가", "힣") < 0.8:  # Chinese read as Korean
        del texts["cp949"]
    order = [*ranked, *_OTHERS]
    return min(texts, key=lambda name: (_strange(texts[name]), order.index(name)), default=None)


def _decoded(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except UnicodeDecodeError:
        return None


def _share(text: str, first: str, last: str) -> float:
    beyond = [c for c in text if not c.isascii()]
    return sum(first <= c <= last for c in beyond) / max(1, len(beyond))


def _reason(error: UnicodeDecodeError) -> str:
    return " ".join(str(error).split())[:150]
