"""The sections of a report on what the model gets wrong."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.reports import mistake_sections, page
from launch.evaluation.mistakes.pictures import data_uri
from launch.evaluation.mistakes.record import (
    ALARMS,
    FALSE_ALARM,
    MISSED,
    RECALL,
    Effect,
    Mistake,
    Mistakes,
    Rate,
    RowShares,
    View,
)

ROWS = (
    Mistake(MISSED, 17, {"id": "A-1"}, 0.1, 2, ("a = 3 (typical 1): +0.5",), ("b = 0 (typical 2): -0.7",)),
    Mistake(FALSE_ALARM, 4, {"id": "<b>"}, 0.9, 1, ("b = 9 (typical 2): +0.4",)),
)
RATES = (
    Rate("channel = 'web'", RECALL, 31, 100, 0.18, 0.46, 0.74, 0.003),
    Rate("a up to 2", ALARMS, 12, 1000, 0.0069, 0.0209, 0.004, 0.6),
)


def mistakes(**more):
    said = ("It misses most in channel = 'web': recall 0.31 (0.18 to 0.46), elsewhere 0.74.",)
    given = {"rows": ROWS, "rates": RATES, "segments": 40, "standing_out": said} | more
    view = View("", 0.5, 120, 30, 4000, 16, **given)
    effect = Effect(
        "a", 0.2, 0.1, 0.3, (0.0, 1.0, 2.0), (1.0, 2.0, 3.0), (0.5,) * 3, (4.0,) * 3, (0.0, 1, 2), (0.5, 0.5)
    )
    return Mistakes(3, (view,), (effect, Effect("b", 0.01, -0.1, 0.1)), 0.6)


def test_every_row_with_its_reasons():
    missed, alarms, *_ = mistake_sections.sections(mistakes(), "mine", image=False)
    assert missed.text[0].startswith("Of 120 anomalies that the confirmation held out 30 score below the threshold")
    assert missed.table.to_numpy().tolist() == [
        ["17, id A-1", "0.1", "b = 0 (typical 2): -0.7", "a = 3 (typical 1): +0.5"]
    ]
    assert alarms.text[0].startswith("Of 4,000 normal rows that it held out 16 score above")
    assert alarms.table.to_numpy().tolist() == [["4, id <b>", "0.9", "b = 9 (typical 2): +0.4", "-"]]


def test_pictures_of_shares_are_explained_once():
    shares = [RowShares(0.5, {"b": -0.4}), RowShares(0.7, {"b": 0.2})]
    rows = tuple(replace(row, shares=own) for row, own in zip(ROWS, shares, strict=True))
    missed, alarms, *_ = mistake_sections.sections(mistakes(rows=rows), "mine", image=False)
    assert [[name for name, _ in one.figures] for one in (missed, alarms)] == [["Which columns", "Row by row"]] * 2
    assert "typical row (0.5 to 0.7, by split)" in missed.text[-2]
    assert not any("Shapley" in text for text in alarms.text)
    alone, alarms, *_ = mistake_sections.sections(mistakes(rows=rows[1:]), "mine", image=False)
    assert "typical row (0.7)" in alarms.text[-2]
    assert not alone.figures


def test_made_up_anomalies_are_called_so():
    missed, alarms, *_ = mistake_sections.sections(mistakes(), "mine", image=True, made_up=True)
    assert missed.text[0].startswith("Of 120 made-up anomalies that the confirmation held out 30 score below")
    assert "No real anomaly was there to choose by" in missed.text[0]
    assert "made-up" not in alarms.text[0]


def test_segments_with_what_chance_makes():
    segments = mistake_sections.sections(mistakes(), "mine", image=False)[2]
    assert "It misses most in channel = 'web'" in segments.text[0]
    assert segments.table.to_numpy().tolist() == [
        ["channel = 'web'", "recall", "0.31 (0.18 to 0.46)", "0.74", "100 anomalies", "under 0.01"],
        ["a up to 2", "false alarms in 1,000 normal rows", "12.0 (6.9 to 20.9)", "4.0", "1,000 normal rows", "0.60"],
    ]
    quiet = mistake_sections.sections(mistakes(standing_out=()), "mine", image=False)[2]
    assert quiet.text[0] == "Nowhere is it worse than chance makes the worst of so many."


def test_nothing_missed_is_said_without_a_table():
    missed, *_ = mistake_sections.sections(mistakes(rows=()), "mine", image=False)
    assert missed.table is None
    assert len(missed.text) == 1


def test_the_page_has_them_and_escapes_what_is_in_the_data():
    text = page.html("t", "v", "a", mistake_sections.sections(mistakes(), "mine", image=False))
    assert "4, id &lt;b&gt;" in text
    assert "id <b>" not in text
    assert 'id="effects-0"' in text


def test_images_are_shown_in_the_page():
    uri = data_uri(np.zeros((8, 8, 1), np.uint8))
    row = Mistake(MISSED, 3, {}, 0.25, 1, anomaly_type="crack", picture=uri)
    missed, *_ = mistake_sections.sections(mistakes(rows=(row,)), "mine", image=True)
    assert missed.pictures == (("crack, 0.25 (image 3)", uri),)
    text = page.html("t", "v", "a", [missed])
    assert f'<img src="{uri}" alt="crack, 0.25 (image 3)">' in text


def test_a_picture_is_a_png_that_is_not_large():
    import base64
    import io

    from PIL import Image

    pixels = np.arange(300 * 200 * 3, dtype=np.uint8).reshape(300, 200, 3)
    drawn = Image.open(io.BytesIO(base64.b64decode(data_uri(pixels).partition(",")[2])))
    assert drawn.format == "PNG"
    assert max(drawn.size) <= 128
    small = np.arange(16, dtype=np.uint8).reshape(4, 4, 1)
    again = Image.open(io.BytesIO(base64.b64decode(data_uri(small).partition(",")[2])))
    assert np.asarray(again).tolist() == small[..., 0].tolist()


@pytest.mark.parametrize("image", [False, True])
def test_searches_without_it_have_no_such_sections(image):
    assert mistake_sections.sections(None, "mine", image) == []
