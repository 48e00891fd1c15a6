"""Dates as people and programs write them: in which order, and with which month names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

MONTHS = (
    "january januar jänner janvier enero gennaio janeiro januari",
    "february februar février febrero febbraio fevereiro februari",
    "march märz mars marzo março maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei maj",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august août agosto augustus augusti",
    "september septembre septiembre settembre setembro set",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember décembre diciembre dicembre dezembro",
)
"""In English, German, French, Spanish, Italian, Portuguese, Dutch and Swedish; also in short, from three letters on."""
DIGITS = re.compile(
    r"(?P<first>\d{1,2})(?P<mark>[-/.])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<third>\d{4}|\d{2})(?P<rest>[^\d./-].*)?",
    re.DOTALL,
)
"""The year last, or in two digits: what is day and what is month is another question."""
NAMED = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[-/ ]?\s?)?(?P<month>[^\W\d_]{3,10})\.?[-/, ]{1,2}"
    r"(?:(?P<day2>\d{1,2})(?:st|nd|rd|th)?,? )?(?P<year>\d{4}|(?<=[-/ ])\d{2})(?P<rest>[^\d./-].*)?",
    re.DOTALL | re.IGNORECASE,
)
WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ", re.IGNORECASE)
YEAR_FIRST = re.compile(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?(\D.*)?", re.DOTALL)
FAR_EAST = re.compile(r"(\d{4})\s?[\u5e74\ub144]\s?(\d{1,2})\s?[\u6708\uc6d4]\s?(\d{1,2})\s?[\u65e5\uc77c]?(\s?\d.*)?")
"""2023, 5, 17 with the words for year, month and day, as in China, Japan and Korea."""
YEAR_BEHIND = re.compile(
    r"([a-z]{3,9}) {1,2}(\d{1,2}) (\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)( [+-]\d{4}| UTC| GMT)? (\d{4})", re.IGNORECASE
)
"""May 17 14:30:00 2023, as C writes it."""
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[T ](\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?")
"""20230517T143000."""
POINTS = re.compile(r"^(.{8,}?)[ T-](\d{1,2})\.(\d{2})(?:\.(\d{2}))?((?:\.\d+)?(?: ?[ap]m)?)$", re.IGNORECASE)
"""Hours and minutes with points between them."""
CERTAIN = "Y"
"""Dates with the year in four digits first, or with the month by name: everybody reads them alike."""
FEW_YEARS, MANY_DAYS = 3, 12
ORDERS = {"day": "dmy", "month": "mdy", "year": "ymd"}


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def _names() -> dict[str, int]:
    found: dict[str, int] = {}
    for number, names in enumerate(MONTHS, 1):
        for name in map(_plain, names.split()):
            found |= {name[:length]: number for length in range(3, len(name) + 1) if name[:length] != "jui"}
    return found


MONTH = _names()


def order_of(form: str) -> tuple[str, str]:
    """Mark and order of a form: "d.m.y" is (".", "dmy")."""
    return form[1], form[::2]


def iso(text: str, forms: Sequence[str]) -> str | None:
    """A date in the order year, month, day, with what stands behind it; None where it is none, or may be two.

    Parameters
    ----------
    text : str
    forms : sequence of str
        Orders that are known, see `trainables.core.preprocessing.schema.Column`. A date in digits by a mark that has no
        order here is read where only one order gives a date.
    """
    read = _iso(text, forms)
    if read is None or read[10:11] not in ("-", ":", " ", "T"):
        return read
    read = POINTS.sub(lambda at: f"{at[1]} {at[2]}:{at[3]}:{at[4] or '00'}{at[5]}", read)
    return f"{read[:10]} {read[11:]}" if read[10:11] == ":" else read  # as in the logs of web servers


def _iso(text: str, forms: Sequence[str]) -> str | None:
    if YEAR_FIRST.fullmatch(text):
        return text
    if compact := COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, zone = compact.groups(default="")
        return f"{year}-{month}-{day} {hour}:{minute}:{second or '00'}{zone}"
    if east := FAR_EAST.fullmatch(text):
        return f"{east[1]}-{int(east[2]):02}-{int(east[3]):02}" + (f" {east[4].strip()}" if east[4] else "")
    found = DIGITS.fullmatch(text)
    if found is None:
        text = WEEKDAY.sub("", text, count=1)
        return _named(YEAR_BEHIND.sub(r"\1 \2 \5 \3\4", text))
    known = dict(map(order_of, (form for form in forms if form != CERTAIN)))
    order = known.get(found["mark"])
    dates = {_date(found, one) for one in ([order] if order else ORDERS.values())} - {None}
    return f"{dates.pop()}{found['rest'] or ''}" if len(dates) == 1 else None


def has_two_digits(text: str) -> bool:
    """Whether the year of a date is written in two digits."""
    found = DIGITS.fullmatch(text)
    year = found["third"] if found is not None else (named["year"] if (named := NAMED.fullmatch(text)) else "")
    return len(year) == 2


def readings(text: str) -> list[str]:
    """What a date in digits may be, in every order that gives a date."""
    found = DIGITS.fullmatch(text)
    return [] if found is None else sorted({one for order in ORDERS.values() if (one := _date(found, order))})


def _date(found: re.Match[str], order: str) -> str | None:
    """A date of three numbers in an order; None where there is no such day."""
    parts = dict(zip(order, (found["first"], found["second"], found["third"]), strict=True))
    if len(parts["y"]) == 1 or (len(found["third"]) == 4 and order == "ymd"):
        return None
    try:
        return date(_year(parts["y"]), int(parts["m"]), int(parts["d"])).isoformat()
    except ValueError:
        return None


def _year(digits: str) -> int:
    """Two digits are of 1969 to 2068."""
    return int(digits) + (0 if len(digits) == 4 else 1900 if int(digits) > 68 else 2000)


def _named(text: str) -> str | None:
    found = NAMED.fullmatch(text)
    month = None if found is None else MONTH.get(_plain(found["month"]))
    if found is None or month is None or (found["day"] and found["day2"]):
        return None
    day = found["day"] or found["day2"]
    if day is None and (len(found["year"]) == 2 or found["rest"]):
        return None
    if len(found["year"]) == 2 and (found["rest"] or "").startswith(":"):  # May 17 14:30:00 has no year
        return None
    try:
        return f"{date(_year(found['year']), month, int(day or 1)).isoformat()}{found['rest'] or ''}"
    except ValueError:
        return None


def find_forms(
    texts: Iterable[str], prefer: Mapping[str, str], given: str | None
) -> tuple[tuple[str, ...], str] | None:
    """The forms of a column's different dates, and the mark whose order is assumed, "" if none is.

    Parameters
    ----------
    texts : iterable of str
        What is no date says nothing.
    prefer : mapping of str to str
        Orders by mark that other columns of the file have for sure.
    given : {"day", "month", "year"}, optional
        What comes first where that is open.

    Returns
    -------
    tuple or None
        None where no one order fits all.
    """
    by_mark: dict[str, list[re.Match[str]]] = {}
    for text in texts:
        found = None if YEAR_FIRST.fullmatch(text) else DIGITS.fullmatch(text)
        if found is not None:
            by_mark.setdefault(found["mark"], []).append(found)
    forms, assumed = [CERTAIN], ""
    for mark, dates in sorted(by_mark.items()):
        fits = [order for order in ORDERS.values() if all(_date(found, order) for found in dates)]
        if not fits:
            return None
        order = fits[0]
        if len(fits) > 1:
            years_first = "ymd" if _years_first(dates) else None
            wanted = (ORDERS.get(given or ""), prefer.get(mark), years_first, "dmy" if mark == "." else None, "mdy")
            order = next(one for one in (*wanted, *fits) if one in fits)
            assumed = "" if order == ORDERS.get(given or "") else mark
        forms.append(mark.join(order))
    return tuple(forms), assumed


def _years_first(dates: Sequence[re.Match[str]]) -> bool:
    """Whether the first of three numbers is a year: nearly always the same, where the last one goes through a month."""
    first, last = ({found[part] for found in dates} for part in ("first", "third"))
    return len(first) <= FEW_YEARS and first != {"01"} and len(last) > MANY_DAYS
