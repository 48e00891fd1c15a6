"""Numbers in other clothes: marks, units, percent, currencies, signs, and what stands for a missing one."""

import numpy as np
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

ROWS = 200
VALUES = np.random.default_rng(7).integers(1, 4000, ROWS) / 2
"""0.5 to 2000, halves and wholes."""


def of(*cells, **more):
    """A table whose column `c` has these cells over and over."""
    return table().assign(c=[cells[k % len(cells)] for k in range(ROWS)], **more)


def formed(form, values=VALUES):
    """A table whose column `c` has formatted numbers."""
    return table().assign(c=[form(value) for value in values])


def comma(text):
    return text.replace(".", ",")


def german(value):
    return f"{value:,.1f}".translate(str.maketrans(",.", ".,"))


def holds(values):
    """The column `c`, in any row order, is these numbers."""

    def check(problem):
        j = problem.schema.names.index("c")
        parts = [problem.development.X[:, j], problem.full().X[:, j]]
        expected = np.array(values, float)
        assert np.isin(parts[1][~np.isnan(parts[1])], expected).all()
        assert len(parts[1]) == ROWS
        np.testing.assert_allclose(np.nanmean(parts[1]), np.nanmean(expected), rtol=1e-6)
        assert np.isnan(parts[1]).sum() == np.isnan(expected).sum()

    return check


def repeated(*values):
    return [values[k % len(values)] for k in range(ROWS)]


NAN = np.nan
NUMBER = {"c": "numeric"}
WHOLE = np.random.default_rng(8).permutation(np.arange(1001, 99999))[:ROWS]
GROUPED = [f"{value:,}" for value in WHOLE]
POINTS = [text.replace(",", ".") for text in GROUPED]


def alone(cells):
    """A table of whole numbers beside a column of these cells."""
    return table().assign(c=cells, f0=range(3, 603, 3), f1=WHOLE, f2=WHOLE % 7)


SITUATIONS = (
    Situation(
        "a semicolon file with decimal commas",
        as_csv(table(), sep=";", decimal=","),
        columns={"f0": "numeric", "f1": "numeric"},
        says=("read as",),
        unsaid=("texts",),
    ),
    Situation(
        "decimal commas without a header",
        as_csv(table().round(2), sep=";", decimal=",", header=False),
        options=("--label-column", "x3"),
        columns={"x0": "numeric", "x1": "numeric"},
        says=("read as",),
    ),
    Situation(
        "decimal commas that repeat, in a semicolon file",
        as_csv(of("1,5", "2,5", "3"), sep=";"),
        columns=NUMBER,
        says=("'1,5' read as 1.5",),
        check=holds(repeated(1.5, 2.5, 3)),
    ),
    Situation(
        "one quoted column of decimal commas in a comma file",
        as_csv(formed(lambda v: comma(f"{v:.1f}"))),
        columns=NUMBER | {"f0": "numeric"},
        says=("read as",),
        check=holds(VALUES),
    ),
    Situation(
        "points for thousands and decimal commas",
        as_csv(formed(german), sep=";"),
        columns=NUMBER,
        says=("read as",),
        check=holds(VALUES),
    ),
    Situation(
        "commas for thousands and decimal points",
        as_csv(formed(lambda v: f"{v:,.1f}")),
        columns=NUMBER,
        check=holds(VALUES),
    ),
    Situation(
        "narrow no-break spaces for thousands",
        as_csv(formed(lambda v: comma(f"{v:,.1f}".replace(",", "\u202f")), VALUES)),
        columns=NUMBER,
        check=holds(VALUES),
    ),
    Situation(
        "apostrophes for thousands, as in Switzerland",
        as_csv(of("1'234.5", "12\u2019345", "7")),
        columns=NUMBER,
        says=('"1\'234.5" read as 1234.5',),
        check=holds(repeated(1234.5, 12345, 7)),
    ),
    Situation(
        "lakhs and crores",
        as_csv(of("12,34,567", "1,00,000.5", "950")),
        check=holds(repeated(1234567, 100000.5, 950)),
    ),
    Situation(
        "1,234 beside columns with decimal points",
        as_csv(of("1,234", "12,345", "1,001")),
        says=("'1,234' read as 1234, as", "has a decimal point"),
        check=holds(repeated(1234, 12345, 1001)),
    ),
    Situation(
        "1,234 beside columns with decimal commas",
        as_csv(of("1,234", "12,345", "1,001"), sep=";", decimal=","),
        says=("'1,234' read as 1.234, as", "has a decimal comma"),
        check=holds(repeated(1.234, 12.345, 1.001)),
    ),
    Situation(
        "1,234 and nothing that says what it is",
        as_csv(alone(GROUPED)),
        refuses=("may be a thousand and more, or three decimals", "--decimal ,", "--thousands ,"),
    ),
    Situation(
        "1,234 with --decimal ,",
        as_csv(alone(GROUPED)),
        options=("--decimal", ","),
        check=holds(WHOLE / 1000),
    ),
    Situation(
        "1,234 with --thousands ,",
        as_csv(alone(GROUPED)),
        options=("--thousands", ","),
        check=holds(WHOLE),
    ),
    Situation(
        "1,234 and small whole numbers",
        as_csv(alone([*GROUPED[:190], *map(str, range(50, 60))])),
        says=("as no number below 1,000 has a comma",),
        check=holds([*WHOLE[:190], *range(50, 60)]),
    ),
    Situation(
        "1.234 in a semicolon file with decimal commas",
        as_csv(alone(POINTS).assign(d=[f"{k},5" for k in WHOLE % 9]), sep=";"),
        says=("has a decimal comma",),
        check=holds(WHOLE),
    ),
    Situation(
        "1.234 in a semicolon file, and nothing that says what it is",
        as_csv(alone(POINTS), sep=";"),
        refuses=("column 'c': ", "may be a thousand", "--decimal ."),
    ),
    Situation(
        "three decimals in a plain file",
        as_csv(of(1.234, 12.345, 1.001)),
        check=holds(repeated(1.234, 12.345, 1.001)),
        unsaid=("read as",),
    ),
    Situation(
        "--decimal . where the cells have commas",
        as_csv(of("1,5", "2,25")),
        options=("--decimal", "."),
        refuses=("column 'c' has ',' as the decimal mark, and --decimal says '.'",),
    ),
    Situation(
        "percent",
        as_csv(of("7.5%", "12 %", "-3%", "0")),
        columns=NUMBER,
        says=("'7.5%' read as 7.5 (in percent)",),
        check=holds(repeated(7.5, 12, -3, 0)),
    ),
    Situation(
        "percent with commas",
        as_csv(of("7,5 %", "12,25 %", "3 %"), sep=";"),
        says=("'7,5 %' read as 7.5 (in percent)",),
        check=holds(repeated(7.5, 12.25, 3)),
    ),
    Situation(
        "shares and percent in one column",
        as_csv(of("7.5%", "0.075", "8%", "0.09")),
        columns={"c": "categorical"},
        says=("numbers with several units (none, '%')",),
    ),
    Situation(
        "dollars, with brackets for what is owed",
        as_csv(of("$1,234.50", "($12.50)", "$7")),
        says=("'$1,234.50' read as 1234.5",),
        check=holds(repeated(1234.5, -12.5, 7)),
    ),
    Situation(
        "euros before and after, in sign and word",
        as_csv(of("€ 12", "12,50 EUR", "€ 1.234,50"), sep=";"),
        says=("'€ 12' read as 12",),
        check=holds(repeated(12, 12.5, 1234.5)),
    ),
    Situation(
        "euros by the thousand",
        as_csv(alone([f"{text} €" for text in POINTS]), sep=";"),
        says=("as no currency has three decimals",),
        check=holds(WHOLE),
    ),
    Situation(
        "euros by the thousand, or petrol",
        as_csv(of("1.234 €", "1.599 €", "2.001 €")),
        refuses=("'1.234 €' may be a thousand", "--decimal .", "--thousands ."),
    ),
    Situation(
        "brackets, minus behind, a true minus sign",
        as_csv(of("(12.5)", "3-", "\u22127", "4")),
        says=("'(12.5)' read as -12.5",),
        check=holds(repeated(-12.5, -3, -7, 4)),
    ),
    Situation(
        "one unit in every cell",
        as_csv(of("12 kg", "7.5kg", "80 kg")),
        says=("'12 kg' read as 12",),
        check=holds(repeated(12, 7.5, 80)),
    ),
    Situation(
        "several units",
        as_csv(formed(lambda v: f"{v:g} {'kg' if v > 900 else 'g'}")),
        columns={"c": "left out"},
        says=("several units ('g', 'kg')",),
    ),
    Situation(
        "dashes and words for missing numbers",
        as_csv(of("1.5", "-", "unknown", "2.5", "n.a.", "#DIV/0!")),
        columns=NUMBER,
        says=("'-' (34 cells) read as missing", "'unknown' (33 cells) read as missing"),
        check=holds(repeated(1.5, NAN, NAN, 2.5, NAN, NAN)),
    ),
    Situation(
        "what databases write for missing numbers",
        as_csv(of("1.5", "\\N", "(null)", "2.5", "nil")),
        columns=NUMBER,
        says=("'(null)' (40 cells) read as missing",),
        check=holds(repeated(1.5, NAN, NAN, 2.5, NAN)),
    ),
    Situation(
        "numbers that were divided by zero",
        as_csv(of("1.5", "2.5", "Infinity", "7")),
        refuses=("column 'c', row 2: inf is infinite", "(50 cells)", "(--missing=inf)"),
    ),
    Situation(
        "the same, taken for missing",
        as_csv(of("1.5", "2.5", "-inf", "7")),
        options=("--missing=-inf",),
        check=holds(repeated(1.5, 2.5, NAN, 7)),
    ),
    Situation("-200 as sensors write", as_csv(of(10.5, 20, 30, -200)), says=("--missing -200 makes it one",)),
    Situation("the largest number of 32 bits", as_csv(of(1, 7, 30, 2147483647)), says=("--missing 2147483647 makes",)),
    Situation("a huge negative number", as_csv(of(1.5, 7, 30, -1e30)), says=("--missing=-1e+30 makes it one",)),
    Situation(
        "a word of one's own for missing numbers",
        as_csv(of("1.5", "2.5", "3.5", "gap")),
        options=("--missing", "gap"),
        check=holds(repeated(1.5, 2.5, 3.5, NAN)),
    ),
    Situation(
        "-999 among small numbers",
        as_csv(of(1.5, 2.5, -999, 3.5)),
        columns=NUMBER,
        says=("-999 (50 cells) looks like a mark for missing: --missing -999 makes it one",),
        check=holds(repeated(1.5, 2.5, -999, 3.5)),
    ),
    Situation(
        "numbers but for a few cells",
        as_csv(table().assign(c=[*map(str, range(100, 298)), "abc", "1o1"])),
        refuses=("row 198: 'abc' is not a number (nor are 1 more: '1o1' in row 199)", "--missing", "--categorical c"),
    ),
    Situation(
        "numbers but for many cells",
        as_csv(table().assign(c=[f"x{k}" if k % 4 == 0 else f"{k}.25" for k in range(ROWS)])),
        columns={"c": "left out"},
        says=("75 % are numbers, but row 0: 'x0' is not a number",),
    ),
    Situation(
        "addresses of machines are no thousands",
        as_csv(of("192.168.100.200", "192.168.100.201", "192.168.111.202")),
        columns={"c": "categorical"},
    ),
    Situation(
        "few texts of which nearly all begin with a number",
        as_csv(table().assign(c=["1 car"] * 150 + ["2 cars"] * 45 + ["3 to 4"] * 5)),
        columns={"c": "categorical"},
        says=("97.5 % are numbers, but row 195: '3 to 4' is not a number",),
    ),
    Situation("codes of letters and numbers", as_csv(of("A1", "B2", "12a", "7c")), columns={"c": "categorical"}),
    Situation("phone numbers", as_csv(of("030 123 456", "040 777 888")), columns={"c": "categorical"}),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_numbers(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
