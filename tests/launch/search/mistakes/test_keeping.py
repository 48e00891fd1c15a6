"""Rows that the model gets wrong never cost the record of a search."""

from types import SimpleNamespace

import pytest

from launch.search.mistakes import keeping


def search_of(home, **more):
    said = []
    options = SimpleNamespace(no_report=True)
    plan = SimpleNamespace(study="mine", options=options, home=SimpleNamespace(study=lambda n, s: home / f"{n}.{s}"))
    vars(plan).update(looks_at_rows=True, **more)
    return SimpleNamespace(plan=plan, notify=said.append, publisher=SimpleNamespace(reports=True)), said


@pytest.fixture
def broken(monkeypatch):
    def find(*_, **__):
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(keeping.finding, "find", find)


def test_what_cannot_be_found_is_said_in_a_line(broken, tmp_path):
    search, said = search_of(tmp_path)
    assert keeping.keep_mistakes(search, None) is None
    assert said == ["The rows that the model gets wrong could not be found: ZeroDivisionError: unforeseen"]
    assert not list(tmp_path.iterdir())


def test_rows_of_the_search_before_it_was_extended_do_not_stay(broken, tmp_path):
    search, said = search_of(tmp_path)
    search.plan.looks_at_rows = False
    for suffix in ("json", "csv"):
        (tmp_path / f"mine.mistakes.{suffix}").write_text("old")
    assert keeping.keep_mistakes(search, None) is None
    assert not said
    assert not list(tmp_path.iterdir())
