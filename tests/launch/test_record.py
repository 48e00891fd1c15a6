"""What a run says of the code it came from."""

import pytest

from launch import record


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("abc123 True", ("abc123", True)),
        ("abc123 False", ("abc123", False)),
        ("", ("unknown", False)),
        ("a b c", ("unknown", False)),
    ],
)
def test_a_copy_without_git_knows_its_commit(tmp_path, monkeypatch, content, said):
    (tmp_path / "COMMIT").write_text(content)
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    record.commit.cache_clear()
    try:
        assert record.commit() == said
    finally:
        record.commit.cache_clear()
