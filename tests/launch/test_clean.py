"""What no study needs goes; what one needs, or might, stays."""

import pytest

from launch import clean
from launch.common import text
from launch.common.home import Home
from trainables.training import checkpoints


@pytest.fixture
def places(local, toy):
    """An unfinished search with an open trial, a finished one, and leftovers of all kinds."""
    arguments = ("mine", "--detector-path", str(toy), "--trials", "3")
    open_ = local(*arguments, "--name", "open")
    open_.study.ask()
    done = local(*arguments, "--name", "done").search()
    home = open_.plan.home
    home.study("done", "summary.json").write_text("{}")
    roots = {one.plan.study: one.plan.checkpoints(one.study.search_id) for one in (open_, done)}
    for folder in (f"{roots['open']}/trial-00000", f"{roots['open']}/trial-00007", f"{roots['done']}/jobs/ab"):
        checkpoints.write(folder, "last.pt", b"x" * 1000)
    checkpoints.write(f"{home.root}/checkpoints/forgotten-0a1b2c3d/trial-00000", "last.pt", b"x" * 10)
    for name in ("open", "done", "forgotten"):
        home.study(name, "jobs").mkdir()
        (home.study(name, "jobs") / "a.pt").write_bytes(b"x")
    home.study("done", "summary.json.partial").write_text("{")
    home.study("done", "lock").write_text("")
    return home, roots


def run(home, **options):
    import io

    from rich.console import Console

    out = io.StringIO()
    code = clean.work(clean.CleanOptions(home=home.root, **options), Console(file=out, width=150))
    return code, out.getvalue()


def test_only_what_nobody_needs_goes(places):
    home, roots = places
    before = {p for p in home.root.rglob("*") if p.is_file()}
    code, out = run(home, dry_run=True)
    assert code == 0
    assert "nothing was" in out
    assert {p for p in home.root.rglob("*") if p.is_file()} == before
    code, out = run(home)
    gone = {str(p.relative_to(home.root)) for p in before if not p.exists()}
    assert gone == {
        f"{roots['open'].removeprefix(str(home.root))[1:]}/trial-00007/last.pt",
        f"{roots['done'].removeprefix(str(home.root))[1:]}/jobs/ab/last.pt",
        "checkpoints/forgotten-0a1b2c3d/trial-00000/last.pt",
        "studies/done.jobs/a.pt",
        "studies/forgotten.jobs/a.pt",
        "studies/done.summary.json.partial",
        "studies/done.lock",
    }
    assert "2.0 kB removed" in out
    assert "Nothing to remove" in run(home)[1]


def test_a_search_that_runs_is_left_alone(places):
    home, roots = places
    release = home.claim("open")
    run(home)
    assert checkpoints.read(f"{roots['open']}/trial-00007", "last.pt")
    release()


def test_what_another_home_or_a_database_may_need_stays(places, tmp_path):
    home, _ = places
    shared = tmp_path / "shared" / "theirs-0a1b2c3d" / "trial-00000"
    checkpoints.write(str(shared), "last.pt", b"x")
    run(home, storage=str(tmp_path / "shared"))
    assert shared.exists()
    kept = home.root / "checkpoints" / "remote-0a1b2c3d" / "trial-00000"
    checkpoints.write(str(kept), "last.pt", b"x")
    home.study("remote", "options.json").write_text('{"study_storage": "postgresql://host/studies"}')
    run(home)
    assert kept.exists()


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (3 * 10**12, "3.0 TB")]
)
def test_sizes(size, words):
    assert text.readable_size(size) == words


def test_no_home_and_buckets_are_refused(tmp_path):
    from launch.common.errors import UsageError

    with pytest.raises(UsageError, match="there is no record"):
        run(Home(tmp_path / "none"))
    Home.at(tmp_path / "home")
    with pytest.raises(UsageError, match="its own tools"):
        run(Home(tmp_path / "home"), storage="s3://bucket/x")
