"""The report's figures, to the digit: the protocol is reproduced or it is not."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from datasets.problems.protocols import prepare


@pytest.fixture(scope="module")
def problem(celeba):
    return prepare(celeba)


@pytest.fixture(scope="module")
def tested(problem, tmp_path_factory):
    ledger = tmp_path_factory.mktemp("home") / "seal.jsonl"
    return problem.sealed.open(ledger, study="golden", detector="golden", reason="test")


def figures(y, scores):
    f1 = f1_score(y, scores > np.percentile(scores, 97.8))
    return tuple(round(float(value), 4) for value in (roc_auc_score(y, scores), average_precision_score(y, scores), f1))


def test_counts(problem):
    assert problem.counts == {
        "rows": 202_599,
        "duplicates_dropped": 87_484,
        "development": {"rows": 92_092, "anomalies": 2_838},
        "train": {"rows": 73_673, "anomalies": 2_270},
        "valid": {"rows": 18_419, "anomalies": 568},
        "test": {"rows": 23_023, "anomalies": 759},
    }
    assert problem.counts["development"]["anomalies"] + problem.counts["test"]["anomalies"] == 3_597


def test_rows_are_those_that_pandas_and_sklearn_give(celeba, problem, tested):
    import pandas as pd
    from sklearn.model_selection import train_test_split

    frame = pd.DataFrame(celeba.X).assign(y=celeba.y).drop_duplicates()
    develop, test = train_test_split(frame, test_size=0.2, random_state=42)
    np.testing.assert_array_equal(problem.development.X, develop.drop(columns="y"))
    np.testing.assert_array_equal(problem.development.y, develop["y"])
    np.testing.assert_array_equal(tested.X, test.drop(columns="y"))
    np.testing.assert_array_equal(tested.y, test["y"])
    np.testing.assert_array_equal(problem.full().X, frame.drop(columns="y"))


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_isolation_forest(problem, tested, dtype):
    forest = IsolationForest(random_state=42).fit(problem.development.X.astype(dtype))
    assert figures(tested.y, -forest.score_samples(tested.X.astype(dtype))) == (0.5983, 0.0591, 0.0727)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_kmeans(problem, tested, dtype):
    means = KMeans(4, n_init="auto", random_state=42).fit(problem.development.X.astype(dtype))
    assert figures(tested.y, means.transform(tested.X.astype(dtype)).min(axis=1)) == (0.5552, 0.0506, 0.0695)


def test_what_raw_says_beside_its_figures(celeba, tmp_path):
    problem = prepare(celeba, "raw")
    test = problem.sealed.open(tmp_path / "seal.jsonl", study="s", detector="d", reason="r")
    known = {row.tobytes() for row in problem.development.X}
    share = sum(row.tobytes() in known for row in test.X) / len(test)
    assert f"{share:.2%}" == "53.95%"
    assert "53.95%" in problem.note


def test_patterns_with_both_labels(celeba):
    normal, anomalous = ({row.tobytes() for row in celeba.X[celeba.y == label]} for label in (0, 1))
    assert len(normal & anomalous) == 1_132


def test_attribute_names_fit_the_columns(celeba):
    """0 means present; were a name a column off, these facts about faces would not hold."""
    present = {name: celeba.X[:, j] == 0 for j, name in enumerate(celeba.feature_names)}
    assert present["Male"][present["Goatee"]].mean() > 0.99
    assert present["No_Beard"][present["Goatee"]].mean() < 0.05
    assert present["Male"][present["Wearing_Lipstick"]].mean() < 0.02
    assert present["Male"][celeba.y == 1].mean() > 0.99
    assert present["Bangs"][celeba.y == 1].mean() < 0.01
    assert present["Young"].mean() > 0.75
    assert present["Gray_Hair"][present["Young"]].mean() < present["Gray_Hair"][~present["Young"]].mean() / 5
