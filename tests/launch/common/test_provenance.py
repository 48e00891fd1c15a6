"""What a run says of the code it came from."""

import pytest

from launch.common import provenance


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
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    provenance.commit.cache_clear()
    try:
        assert provenance.commit() == said
    finally:
        provenance.commit.cache_clear()
