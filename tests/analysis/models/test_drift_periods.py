"""Drift by period: what is said of days that are like training and of one that is not, and who is told."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pandas as pd
import pytest
import tyro
from rich.console import Console

from analysis.models import drift, drift_periods
from analysis.options import DriftOptions
from launch.common import command
from launch.common.text import one_line
from launch.models import training_profile
from tests.analysis.models.test_drift import model_of, table
from tests.tables import write


def days(start="2021-03-01", count=6, rows=200):
    """As in training, so many rows a day; the last day's amounts are three deviations higher."""
    frame = pd.concat([table(seed=day + 1, rows=rows) for day in range(count)], ignore_index=True)
    moments = pd.date_range(start, periods=count, freq="D").repeat(rows)
    frame["when"] = [f"{moment:%Y-%m-%d} 12:{k % 60:02d}" for k, moment in enumerate(moments)]
    frame.loc[len(frame) - rows :, "amount"] += 3
    return frame.drop(columns="verdict")


@pytest.fixture(scope="module")
def timeless(tmp_path_factory):
    """A model that does not know when rows were made."""
    return model_of(table().drop(columns="when"), tmp_path_factory.mktemp("timeless"))


@pytest.fixture(scope="module")
def dated(tmp_path_factory):
    """A model that has a column of dates."""
    return model_of(table(), tmp_path_factory.mktemp("dated"))


@pytest.fixture
def check(timeless, tmp_path, capsys):
    """drift.py --by: exit code and what it said."""

    def run(new, *arguments, code=0, model=timeless):
        path = write(tmp_path / "new.csv", new)
        if model == timeless and "--time-column" not in arguments:
            arguments = (*arguments, "--time-column", "when")
        options = tyro.cli(DriftOptions, args=[str(model), str(path), "--home", str(tmp_path), *arguments])
        said = io.StringIO()
        assert command.run(lambda: options, lambda o, _: drift.run(o, Console(file=said, width=150))) == code
        error = capsys.readouterr().err
        assert len(error.splitlines()) == (code == 2)
        return error if code == 2 else said.getvalue()

    return run


def test_the_day_that_differs_is_named(check, tmp_path):
    said = check(days(), "--by", "day", "--fail", code=drift.DRIFTED)
    assert "1,200 new rows in 6 days:" in one_line(said)
    periods = pd.read_csv(tmp_path / "new.csv.drift.periods.csv").set_index("period")
    assert periods.index[0] == "2021-03-01"
    assert set(periods["verdict"].iloc[:5]) == {"stable"}
    assert periods["verdict"].iloc[5] == "more alarms"
    assert periods["drifted"].iloc[5].split(", ")[0] == "amount"
    assert periods["rows"].tolist() == [200] * 6
    features = pd.read_csv(tmp_path / "new.csv.drift.csv").set_index("period")
    assert set(features.loc[features["verdict"] == "drifted", "feature"]) == {"amount", "score"}
    assert set(features.index[features["verdict"] == "drifted"]) == {"2021-03-06"}
    page = (tmp_path / "new.csv.drift.html").read_text()
    assert "Drift over time" in page
    assert "2021-03-06" in page


def test_a_few_rows_a_day_are_no_alarm(check):
    frame = table(seed=11, rows=300).drop(columns="verdict")  # three or four rows a day
    assert "no drift found" in check(frame, "--by", "day", "--fail")


def test_months_of_the_models_own_dates_and_rows_without_one(check, dated, tmp_path, monkeypatch):
    monkeypatch.delattr(drift_periods, "rows_of")  # the file is read once
    frame = days(count=3, rows=40)
    frame.loc[:9, "when"] = ""
    check(frame, "--by", "month", model=dated)
    assert "when" not in set(pd.read_csv(tmp_path / "new.csv.drift.csv")["feature"])  # time moves on by itself
    periods = pd.read_csv(tmp_path / "new.csv.drift.periods.csv")
    assert periods["period"].tolist() == ["2021-03", "no date"]
    assert periods["rows"].tolist() == [110, 10]


def test_a_column_that_the_model_does_not_know_says_when(check, tmp_path):
    frame = days(count=2, rows=30)
    frame["arrived"] = [*["2024-05-01T01:00:00"] * 30, *["2024-05-02T01:00:00"] * 30]
    check(frame, "--by", "day", "--time-column", "arrived")
    periods = pd.read_csv(tmp_path / "new.csv.drift.periods.csv")
    assert periods["period"].tolist() == ["2024-05-01", "2024-05-02"]


def test_what_cannot_be_measured(check):
    frame = days(count=2, rows=30)
    assert "--time-column whn" in check(frame, "--by", "day", "--time-column", "whn", code=2)
    assert "numbers, not dates" in check(frame, "--by", "day", "--time-column", "count", code=2)
    assert "--by" in check(frame, code=2)
    assert "https://" in check(frame, "--webhook", "chat.example", code=2)
    many = days(count=2, rows=401).assign(when=pd.date_range("2021-01-01", periods=802, freq="D").astype(str))
    assert "--by week" in check(many, "--by", "day", code=2)


def test_more_alarms_by_hand():
    """10 of 100 where 100 of 10,000 were: p is far under .05; 3 of 100 is thrice as many and may be chance."""
    shares = {"kind": "number", "missing": 0.0, "edges": [0.0], "rows": 10_000, "known": 10_000, "shares": [0.5, 0.5]}
    reference = {"anomalous": 0.01, "score": shares, "features": {}}
    tallies = {}
    for period, alarms in (("a", 10), ("b", 3), ("c", 1)):
        tallies[period] = drift_periods.Tally(reference, 1.0)
        tallies[period].add({}, np.r_[np.full(alarms, 1.0), np.tile([-1.0, 0.5], 50)[: 100 - alarms]])
    found = drift_periods._judged(reference, tallies, "when").periods.set_index("period")
    assert found["verdict"].tolist() == ["more alarms", "stable", "stable"]
    # Wilson's interval of 10 in 100: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)
    assert found.loc["a", ["low", "high"]].tolist() == pytest.approx([0.0552, 0.1744], abs=1e-4)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (500, 1)])
def test_the_webhook_is_told_once_and_its_address_is_not_shown(check, status, code):
    news = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            news.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/secret-token"
    try:
        said = check(days(), "--by", "day", "--webhook", url, code=code)
        check(days().iloc[:400], "--by", "day", "--webhook", url)  # nothing drifted: nobody is told
    finally:
        server.shutdown()
        server.server_close()
    assert len(news) == 1
    assert "2021-03-06" in news[0]["text"]
    assert "secret-token" not in said


def test_few_rows_of_the_same_population_seldom_go_beyond_chance():
    """300 draws of 50 rows: the index alone would call most of them shifted."""
    generator = np.random.default_rng(0)
    then = training_profile.of_numbers(generator.normal(size=5000))
    plain, verdicts = [], []
    for _ in range(300):
        now = training_profile.like(then, generator.normal(size=50), None)
        found = drift.compare({"score": then, "features": {}}, {"score": now, "features": {}})
        plain.append(found["psi"].iloc[0])
        verdicts.append(found["verdict"].iloc[0])
    assert np.mean(np.array(plain) > 0.1) > 0.7
    assert np.mean(np.array(verdicts) != "stable") < 0.05
