"""How rows are split: told with the anomalies, groups and times of each side, and what figures would hang on."""

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

DAYS = pd.date_range("2023-01-01", periods=400, freq="D").strftime("%Y-%m-%d")
MACHINES = {"options": ("--group-column", "machine", "--time-column", "when")}


def over_time(machine, rows=400, anomalies=60, **more):
    """A table with a machine in each row, one row a day."""
    return table(rows, anomalies).assign(machine=machine, when=DAYS[:rows], **more)


def cut(left_out=None):
    """Asserts that no group is on two sides, and that each side is later than the one before."""

    def check(problem):
        assert problem.protocol == "groups-time"
        folds, y = problem._folds, problem.development.y
        train, valid = folds.masks(y, 0)
        assert not set(folds.groups[train]) & set(folds.groups[valid])
        assert folds.times[train].max() < folds.times[valid].min()
        kept = len(problem.development) + problem.sealed.rows
        assert left_out is None or problem.counts["rows"] - kept == left_out

    return check


def cross_validated(problem):
    """Every row is out of fold once with each seed, with an anomaly on both sides of each fold."""
    assert problem.cross_validated
    assert len(problem.development) == problem.counts["rows"]
    for seed in range(2):
        folds = list(problem.cross_folds(seed))
        assert sorted(np.concatenate([rows for _, rows in folds])) == list(range(len(problem.development)))
        for prepared, rows in folds:
            assert prepared.train.anomalies > 0 < (problem.development.y[rows] == 1).sum()
            assert len(prepared.train) + len(rows) == len(problem.development)


def labels(*places, rows=400):
    y = np.zeros(rows, int)
    y[list(places)] = 1
    return y


TURNS, VISITS = np.arange(400) % 16, np.arange(400) // 10
NAMED = [f"m{machine}" for machine in TURNS]
# fmt: off
SITUATIONS = (
    # -- too few
    Situation("no anomaly but one", as_csv(table(200, 1)),
              refuses=("has 1 anomaly: to train with one and measure on another takes 2", "8 (--protocol holdout)")),
    Situation("two anomalies", as_csv(table(40, 2)), check=cross_validated,
              says=("2 anomalies are too few to seal a fifth of them, which takes 8",
                    "no sealed test rows", "no sealed test and there is no verdict")),
    Situation("seven anomalies of many rows", as_csv(table(2000, 7)), check=cross_validated,
              says=("figures are over all 2,000 rows, each scored by models that did not see it",)),
    Situation("eight anomalies", as_csv(table(200, 8)), unsaid=("Cross-validated",),
              says=("40 sealed test rows (2)", "Caution: 2 anomalies in the test and 1 in validation are few")),
    Situation("few anomalies and --protocol holdout", as_csv(table(200, 3)), ("--protocol", "holdout"),
              says=("sealed test rows (1)", "Caution: 1 anomaly in the test")),
    Situation("too few anomalies for --protocol holdout", as_csv(table(200, 2)), ("--protocol", "holdout"),
              refuses=("side has no anomalies", "--protocol cross-validated")),
    Situation("cross-validation of many anomalies, because it is asked for", as_csv(table(200, 60)),
              ("--protocol", "cross-validated"), says=("no sealed test rows",), unsaid=("too few",),
              check=cross_validated),
    Situation("cross-validation and a label budget", as_csv(table(200, 4)),
              ("--protocol", "cross-validated", "--labelled-anomalies", "1"),
              refuses=("--labelled-anomalies and --protocol cross-validated", "sees every label")),
    Situation("cross-validation and another outer split", as_csv(table(200, 4)),
              ("--protocol", "cross-validated", "--outer-split", "2"), refuses=("seals no row",)),
    Situation("three anomalies that are equal", as_csv(pd.concat([table(200, 0), *[table(1, 1)] * 3])),
              refuses=("equal in every column",)),
    Situation("few anomalies by groups", as_csv(table(200, 5).assign(patient=np.arange(200) % 20)),
              ("--group-column", "patient"), says=("Caution: ", "in the test")),
    Situation("anomalies of each side are counted", as_csv(table(400, 100)),
              says=("256 training (64 anomalies), 64 validation (16) and 80 sealed test rows (20)",
                    "no two rows are equal"),
              unsaid=("Caution",)),
    Situation("few anomalies in the test", as_csv(table()),
              says=("Caution: 4 anomalies in the test and 3 in validation",
              "there is no verdict")),
    Situation("one of four rows is another's copy", as_csv(pd.concat([table(300, 80), table(300, 80)[:100]])),
              says=("400 rows, 100 of them repeat another, and equal rows are on one side",)),
    Situation("patients", as_csv(table(400, 100).assign(patient=TURNS)), ("--group-column", "patient"),
              says=("Groups: ", " in training, ", " in test", "none on two sides")),
    Situation("one group holds most anomalies",
              as_csv(table(400, 100).sort_values("label").assign(patient=np.r_[TURNS[:300], [99] * 70, TURNS[:30]])),
              ("--group-column", "patient"), says=("one group holds 70% of the anomalies",)),
    Situation("dates", as_csv(table(400, 100).assign(when=DAYS)), ("--time-column", "when"),
              says=("Time: training 2023-01-01 to 2023-", "test 2023-11-17 to 2024-02-04")),
    Situation("dates with the month first, or the day",
              as_csv(table(400, 100).assign(when=[f"{1 + k % 12:02}/{1 + k // 12 % 12:02}/2023" for k in range(400)])),
              ("--time-column", "when"),
              says=("Time column 'when': the month first ('01/01/2023' read as 2023-01-01): assumed, --date",)),
    Situation("dates in one number",
              as_csv(table(400, 100).assign(when=[day.replace("-", "") for day in DAYS])), ("--time-column", "when"),
              says=("Time column 'when': year, month and day", "Time: training 2023-01-01 to 2023-")),
    Situation("a row without a time, as SAP writes it",
              as_csv(table(400, 100).assign(when=["0", *[day.replace("-", "") for day in DAYS[1:]]])),
              ("--time-column", "when"), refuses=("time column 'when': row 0 has no time (0)",)),
    Situation("dates in one number, the day first",
              as_csv(table(400, 100).assign(when=[day[8:] + day[5:7] + day[:4] for day in DAYS])),
              ("--time-column", "when"), refuses=("look like day, month and year in one number", "write")),
    Situation("times that are numbers", as_csv(table(400, 100).assign(when=np.arange(400) * 60)),
              ("--time-column", "when"), says=("test 19200 to 23940",)),
    Situation("anomalies only begin late",
              as_csv(table(400).assign(label=labels(150, 220, *range(250, 400, 2)), when=DAYS)),
              ("--time-column", "when"), says=("of the test rows: what is labelled changes over time",)),
    Situation("anomalies lie in one stretch of time",
              as_csv(table(400).assign(label=labels(20, 120, *range(200, 220), *range(330, 345)), when=DAYS)),
              ("--time-column", "when"), says=("80% of the anomalies before the test lie in one stretch, 2023-07-",)),
    Situation("all rows of one moment", as_csv(table(400, 100).assign(when="2023-01-01")), ("--time-column", "when"),
              refuses=("among its 0 rows", "without --time-column")),
    # -- groups over time
    Situation("machines that all run all the time", as_csv(over_time(NAMED)), **MACHINES, check=cut(),
              says=("Groups: ", "none on two sides", "Time: training 2023-01-01",
                    "rows left out, their group being on")),
    Situation("machines one after the other leave nothing out", as_csv(over_time(VISITS)), **MACHINES, check=cut(0),
              says=("0 of 400 rows left out", "test 2023-11-17 to 2024-02-04")),
    Situation("machines that overlap a little", as_csv(over_time((np.arange(400) + TURNS) // 20)), **MACHINES,
              check=cut(), says=("protocol groups-time",)),
    Situation("times in another order than rows", as_csv(over_time(VISITS).sample(frac=1, random_state=0)), **MACHINES,
              check=cut(0), says=("test 2023-11-17 to 2024-02-04",)),
    Situation("one machine alone", as_csv(over_time("m")), **MACHINES,
              refuses=("no group may be on both sides and the test is later", "--group-column or --time-column alone")),
    Situation("one machine has all anomalies",
              as_csv(over_time(NAMED).assign(label=(TURNS == 3).astype(int))), **MACHINES,
              refuses=("has no anomalies among its", "smaller groups, or --group-column or --time-column alone")),
    Situation("two machines, one later", as_csv(over_time(np.arange(400) // 200)), **MACHINES,
              refuses=("has no ", "smaller groups")),
    Situation("machines over time with equal rows dropped",
              as_csv(pd.concat([over_time(VISITS), over_time(VISITS)[:50]])), **MACHINES, check=cut(50),
              says=("50 of 450 rows dropped as duplicates",)),
    Situation("another outer split of machines over time", as_csv(over_time(VISITS)),
              (*MACHINES["options"], "--outer-split", "1"), refuses=("the latest rows are the test, and only they",)),
    Situation("machines over time by a protocol", as_csv(over_time(VISITS)),
              (*MACHINES["options"], "--protocol", "holdout"), refuses=("each say how rows are split: give one",)),
    # -- kinds
    Situation("a kind that is in one side alone",
              as_csv(table(400, 100).assign(label=["rare" if i in (3, 7) else "common" if y else "normal"
                                                   for i, y in enumerate(table(400, 100)["label"])])),
              says=("is of kind rare",)),
)
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_splits(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
