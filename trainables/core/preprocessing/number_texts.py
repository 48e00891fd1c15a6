"""Numbers as people and programs write them: marks, signs and what stands beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BLANKS = str.maketrans({blank: " " for blank in "\u00a0\u2007\u2009\u200a\u202f"} | {"\u2019": "'", "\u02bc": "'"})
MINUS = re.compile("[\u2212\u2012\u2013\ufe63\uff0d](?=\\s*[\\d.,$€£¥])|(?<=\\d)[\u2212\u2013]$")
CODES = ["AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HUF", "INR", "JPY", "NOK", "PLN", "SEK", "USD"]
CURRENCY = rf"(?:US|A|C|R)?\$|[€£¥₹₽₩₺฿]|(?:{'|'.join(CODES)})\b|(?:Rs|Fr|kr)\.?"
SAME = {"EUR": "€", "USD": "$", "US$": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "Rs": "₹", "CHF": "Fr"}
UNIT = r"""(?:[^\W\d_]|[%‰°$€£¥₹₽₩₺฿"'\u2032\u2033]|/(?=[^\W\d_]))[^\s\d()]{0,10}?[23]?"""
NUMBER = re.compile(
    rf"(?P<opened>\()?\s*(?P<sign>[+-])?\s*(?P<before>{CURRENCY})?\s*(?P<inner>[+-])?\s*"
    r"(?P<digits>[.,]?\d(?:[\d.,' ]*\d)?)(?P<power>[eE][+-]?\d{1,3})?"
    rf"\s*(?P<after>{UNIT})?\s*(?P<closed>\))?(?P<trailing>-)?"
)
"""What may be a number with one unit; whether its marks stand in the right places is another question."""
IS_CURRENCY = re.compile(f"(?:{CURRENCY})|Fr")


@dataclass(frozen=True)
class NumberForm:
    """How the numbers of a column are written.

    Parameters
    ----------
    decimal : {".", ","}
    thousands : {"", ",", ".", " ", "'"}
    unit : str
        What stands beside every number but 0; "" for nothing.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""

    @property
    def plain(self) -> bool:
        """Whether programs write numbers so."""
        return self == NumberForm()

    @property
    def example(self) -> str:
        """A number in this form."""
        number = f"1{self.thousands}234{self.decimal}5" if self.thousands else f"12{self.decimal}5"
        return f"{self.unit}{number}" if IS_CURRENCY.fullmatch(self.unit) else f"{number} {self.unit}".strip()

    def pattern(self) -> re.Pattern[str]:
        """The digits and marks of a number in this form, see `NumberForm.value`."""
        point = re.escape(self.decimal)
        whole = rf"\d+|{grouped(self.thousands)}" if self.thousands else r"\d+"
        certain = "|".join(
            rf"{grouped(mark)}{point}\d+" + ("" if mark in ".," else f"|{grouped(mark)}")
            for mark in ",. '"
            if mark != self.decimal and not self.thousands
        )
        return re.compile(rf"(?:{whole})(?:{point}\d+)?|{point}\d+" + (f"|{certain}" if certain else ""))

    def values(self, texts: pd.Series) -> NDArray[np.float64]:
        """The numbers of texts in this form, NaN where one is not.

        Where the form has no mark of thousands, one is taken beside a decimal mark all the same: 1,234.5
        is 1234.5 in every reading.
        """
        parts = split(texts)
        digits = parts["digits"].where(parts["digits"].str.fullmatch(self.pattern()).fillna(False).astype(bool))
        plain = digits.str.replace(f"[^0-9{re.escape(self.decimal)}]", "", regex=True)
        plain = plain.str.replace(self.decimal, ".", regex=False) + parts["power"]
        values = pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        same = (parts["unit"] == unit_key(self.unit)).to_numpy(bool)
        bare = (parts["unit"] == "").to_numpy(bool) & ((values == 0) | (self.unit != "%"))
        return np.where(parts["negative"].to_numpy(bool), -values, values) * np.where(same | bare, 1, np.nan)


def grouped(mark: str) -> str:
    """The pattern of digits in groups of three, or two as in India."""
    mark = re.escape(mark)
    three = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
    return rf"(?:{three}|[1-9]\d?(?:{mark}\d{{2}})+{mark}\d{{3}})" if mark == "," else three


def split(texts: pd.Series) -> pd.DataFrame:
    """The parts of what may be numbers: `digits` with marks (NA where it is none), `power`, `unit`, `negative`."""
    found = [None if text is pd.NA else _split(str(text)) for text in texts.array]
    columns = ["digits", "power", "unit", "negative"]
    frame = pd.DataFrame([(None, "", "", False) if one is None else one for one in found], columns=columns)
    return frame.astype({"digits": "string", "power": "string", "unit": "string"}).set_axis(texts.index)


def _split(text: str) -> tuple[str, str, str, bool] | None:
    text = MINUS.sub("-", text.translate(BLANKS)).strip()
    found = NUMBER.fullmatch(text)
    if found is None:
        return None
    signs = [sign for name in ("sign", "inner", "trailing") if (sign := found[name])]
    brackets = bool(found["opened"])
    if brackets != bool(found["closed"]) or len(signs) + brackets > 1:
        return None
    unit = unit_key(found["before"] or "") + unit_key(found["after"] or "")
    return found["digits"], found["power"] or "", unit, brackets or signs == ["-"]


def unit_key(unit: str) -> str:
    """What is the same for EUR and €, and for month and months."""
    unit = unit.rstrip(".")
    unit = SAME.get(unit, unit)
    return unit[:-1] if len(unit) > 2 and unit.endswith("s") and unit.islower() else unit
