"""Files are seen whole or not at all."""

import contextlib

from trainables.core.files import atomic_write


def test_a_target_is_replaced_in_one_step(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")
    with atomic_write(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_leaves_what_was_there(tmp_path):
    target = tmp_path / "a.json"
    target.write_text("old")
    with contextlib.suppress(ZeroDivisionError), atomic_write(target) as partial:
        partial.write_text("half")
        raise ZeroDivisionError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
