"""Summaries on disk keep their keys, their order and their values; older ones are read."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from rich.console import Console

from launch.common.plain import to_plain
from launch.display import run_description, screen
from launch.evaluation import summary as summaries
from launch.evaluation.verdict.sentences import verdict

FILES = sorted((Path(__file__).parent / "summaries").glob("*.json"))
"""As searches wrote them before summaries had a class."""


def of_images() -> dict:
    """A summary of several tasks, with what tables do not have."""
    plain = json.loads(FILES[0].read_text())
    by_type = {"anomalies": 7, "unseen": True, "auroc": {"mean": 0.9, "low": 0.8, "high": 1.0}, "ap": {"mean": 0.5}}
    comparison = {"tuned": {name: plain["test"]["tuned"][name] for name in ("auroc", "ap", "f1_report")}}
    cause = {"count": 2, "first_message": "no memory left"}
    point = {"trial": 3, "origin": "sampled", "score": 0.5, "latency_us": 1.25, "config": {"hidden": [8, 4]}}
    return plain | {
        "modality": "image",
        "pareto": [point],
        "kinds": {"scratch": by_type, "dent": by_type},
        "tasks": {"0": plain["test"], "1": plain["test"]},
        "balanced": comparison,
        "trials": plain["trials"] | {"failed": 2, "causes": {"memory": cause}},
        "published": plain["published"] | {"failure": "diverged", "rounds": None},
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_written_as_it_was_read(path, tmp_path):
    summaries.read(path).write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == path.read_text()


def test_what_tables_do_not_have_keeps_its_place_too():
    plain = of_images()
    assert json.dumps(summaries.of_plain(plain).plain()) == json.dumps(plain)


def test_a_summary_of_the_first_version_is_read():
    plain = json.loads(FILES[0].read_text())
    newer = (
        "modality", "pareto", "kinds", "tasks", "balanced", "controls", "resources", "how",
        "model_uri", "mlflow_run_id",
    )  # fmt: skip
    for name in newer:
        plain.pop(name)
    for name in ("request", "note"):
        plain["dataset"].pop(name)
    for name in ("auroc", "ap", "f1"):
        plain["best"]["validation"]["confirmed"].pop(name)
    summary = summaries.of_plain(plain)
    assert not summary.image
    assert (summary.pareto, summary.balanced, summary.resources, summary.how) == (None,) * 4
    assert "resources" not in summary.plain()
    assert "celeba" in verdict(summary)
    assert "AUROC" in run_description.note(summary, "")


@pytest.mark.parametrize("plain", [[], {}, {"views": "x"}, {"dataset": "celeba"}])
def test_what_is_no_summary_is_refused(plain):
    with pytest.raises(ValueError):
        summaries.of_plain(plain)


def test_a_value_of_another_shape_is_named():
    plain = json.loads(FILES[0].read_text())
    plain["test"]["tuned"]["auroc"] = 0.5
    with pytest.raises(ValueError, match=r"0\.5 stands where a Mapping should"):
        summaries.of_plain(plain)


def test_a_tuple_is_a_list_in_plain_values():
    assert to_plain({"hidden": (1, 2)}) == {"hidden": [1, 2]}


def difference(plain: dict, **changed) -> dict:
    """A comparison with other numbers of rows or another difference."""
    return plain | {"test": plain["test"] | changed}


@pytest.mark.parametrize(
    ("anomalies", "words"), [(9, "too few anomalies to tell (9)"), (10, "Against the published configuration: higher")]
)
def test_few_anomalies_give_no_verdict(anomalies, words):
    plain = json.loads(FILES[0].read_text())
    plain["best"]["trial"] = plain["published"]["trial"] + 1
    gain = {name: {"mean": 0.1, "low": 0.05, "high": 0.15} for name in ("auroc", "ap")}
    changed = difference(plain, difference=gain, anomalies=anomalies, normal=500)
    summary = summaries.of_plain(changed)
    assert words in verdict(summary)
    assert ("higher" in verdict(summary)) == (anomalies >= 10)


@pytest.mark.parametrize(
    ("auroc", "words"),
    [
        ({"mean": 0.39, "low": 0.3, "high": 0.48}, "worse than chance"),
        ({"mean": 0.55, "low": 0.45, "high": 0.65}, "not shown to be better than chance"),
        ({"mean": 0.9, "low": 0.8, "high": 0.95}, ""),
    ],
)
def test_a_model_below_chance_is_named(auroc, words):
    plain = json.loads(FILES[0].read_text())
    plain["test"]["tuned"]["auroc"] = auroc
    console = Console(record=True, width=200)
    screen.show(console, summaries.of_plain(plain), defaultdict(str))
    shown = console.export_text()
    assert ("better than chance" in shown or "worse than chance" in shown) == bool(words)
    assert words in shown
    assert "anomalies among" in shown
