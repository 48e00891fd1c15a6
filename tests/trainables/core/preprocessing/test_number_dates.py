"""Numbers that are dates, against the calendar."""

import numpy as np
import pandas as pd
import pytest

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.number_dates import EXCEL, YMD, number_days
from trainables.core.preprocessing.schema import Column, Schema


@pytest.mark.parametrize(
    ("number", "form", "moment"),
    [
        (20230517, YMD, "2023-05-17"),
        (202305170630, YMD, "2023-05-17 06:30"),
        (20230517063015, YMD, "2023-05-17 06:30:15"),
        (45063, EXCEL, "2023-05-17"),
        (45063.75, EXCEL, "2023-05-17 18:00"),
    ],
)
def test_days(number, form, moment):
    expected = (pd.Timestamp(moment) - pd.Timestamp("1970-01-01")) / pd.Timedelta("1D")
    assert number_days(np.array([number], float), form)[0] == pytest.approx(expected, abs=1e-9)
    schema = Schema((Column("when", "time", epoch=form),))
    for cells in ([number], [str(number)], [moment]):
        assert schema.encode(pd.DataFrame({"when": cells}))[0, 0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("number", [20231340, 1684300000, 12, 20230517.5])
def test_no_dates(number):
    assert np.isnan(number_days(np.array([number], float), YMD))[0]
    with pytest.raises(InvalidInput, match=r"row 0: .* is not a date"):
        Schema((Column("when", "time", epoch=YMD),)).encode(pd.DataFrame({"when": [number]}))
