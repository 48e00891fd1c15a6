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
CERTAIN = "Y"
"""Dates with the year in four digits first, or with the month by name: everybody reads them alike."""
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
    if YEAR_FIRST.fullmatch(text):
        return text
    found = DIGITS.fullmatch(text)
    if found is None:
        return _named(WEEKDAY.sub("", text, count=1))
    known = dict(map(order_of, (form for form in forms if form != CERTAIN)))
    order = known.get(found["mark"])
    dates = {_date(found, one) for one in ([order] if order else ORDERS.values())} - {None}
    return f"{dates.pop()}{found['rest'] or ''}" if len(dates) == 1 else None


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
            wanted = (ORDERS.get(given or ""), prefer.get(mark), "dmy" if mark == "." else None, "mdy")
            order = next(one for one in (*wanted, *fits) if one in fits)
            assumed = "" if order == ORDERS.get(given or "") else mark
        forms.append(mark.join(order))
    return tuple(forms), assumed
