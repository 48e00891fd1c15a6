"""Numbers in other clothes, against what they say."""

import numpy as np
import pandas as pd
import pytest

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.number_texts import NumberForm
from trainables.core.preprocessing.schema import Column, Schema

NAN = np.nan


def read(texts, *form):
    return NumberForm(*form).values(pd.Series(texts, dtype="string"))


@pytest.mark.parametrize(
    ("form", "texts", "expected"),
    [
        ((",",), ["1,5", "-2,25", "3", ",5", "1.5", "1,5,5"], [1.5, -2.25, 3, 0.5, NAN, NAN]),
        ((".", ","), ["1,234", "12,345.5", "1234", "12,34", "0,123"], [1234, 12345.5, 1234, NAN, NAN]),
        ((".", ","), ["12,34,567.5", "1,00,000"], [1234567.5, 100000]),
        ((",", "."), ["1.234,5", "1.234.567", "1.5"], [1234.5, 1234567, NAN]),
        ((",", " "), ["1 234,5", "1\u202f234", "1\u00a0234\u00a0567,25"], [1234.5, 1234, 1234567.25]),
        ((".", "'"), ["1'234.5", "1\u2019234"], [1234.5, 1234]),
        ((".", "", "%"), ["7.5%", "7.5 %", "-3%", "0", "7.5"], [7.5, 7.5, -3, 0, NAN]),
        ((".", "", "€"), ["€ 12", "€12.5", "12 EUR", "EUR 12", "12 €", "-€3", "€ -3", "$3"],
         [12, 12.5, 12, 12, 12, -3, -3, NAN]),
        ((".", ",", "$"), ["$1,234.50", "($12.5)", "USD 3", "US$4", "12"], [1234.5, -12.5, 3, 4, 12]),
        ((".", "", "kg"), ["12 kg", "12kg", "1.5 kg", "12 g", "12"], [12, 12, 1.5, NAN, 12]),
        ((".", "", "month"), ["1 month", "12 months"], [1, 12]),
        ((".", "", "m2"), ["12 m2", "12 m3"], [12, NAN]),
        ((".", "", "$/hr"), ["$12/hr"], [12]),
        ((), ["(12.5)", "12.5-", "\u221212.5", "\u201312", "+3", "1e3"], [-12.5, -12.5, -12.5, -12, 3, 1000]),
        ((), ["1,234.5", "1 234", "1'234.5", "1,234", "1,5"], [1234.5, 1234, 1234.5, NAN, NAN]),
        ((), ["(12", "-(3)", "--3", "5-9", "12:30", "1/2", "10.0.0.1", "0x10", "", None, "red"], [NAN] * 11),
    ],
)  # fmt: skip
def test_forms(form, texts, expected):
    np.testing.assert_array_equal(read(texts, *form), expected)


def coded(cells, **form):
    return Schema((Column("c", "numeric", **form),)).encode(pd.DataFrame({"c": cells}))[:, 0].tolist()


def test_the_form_of_training_is_asked_of_new_texts():
    assert coded(["1,5", "2"], decimal=",") == [1.5, 2]
    for cells, form in (
        (["1,5"], {"decimal": "."}),
        (["1,5"], {}),  # a model from before
        (["(3)"], {}),
        (["1.234"], {"decimal": ","}),
        (["$3"], {"decimal": ".", "unit": "€"}),
        (["7.5%"], {"decimal": "."}),
    ):
        with pytest.raises(InvalidInput, match=r"column 'c', row 0: '.*' is not a number"):
            coded(cells, **form)


def test_numbers_that_are_numbers_need_no_form():
    assert coded([1.5, 2.0], decimal=",", thousands=".") == [1.5, 2]
    assert coded([1.5, 0.0], decimal=".", unit="kg") == [1.5, 0]
    with pytest.raises(InvalidInput, match=r"row 1: 0\.075 has no % as the cells of training have"):
        coded([0.0, 0.075], decimal=".", unit="%")  # 0.075 or 7.5: nobody knows


def test_marks_for_missing_values_are_of_one_column():
    schema = Schema((Column("a", "numeric", decimal=".", missing=("-",)), Column("b", "categorical", ("-", "x"))))
    frame = pd.DataFrame({"a": ["-", "3"], "b": ["-", "x"]})
    np.testing.assert_array_equal(schema.encode(frame), [[NAN, 0], [3, 1]])
