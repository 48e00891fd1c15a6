"""What people may type, and where servers listen: nothing of it leaves the home."""

import socket

import pytest

from analysis import artificial
from launch import predict, replay, retrain, serve, ui
from launch.common import servers, stores, text
from launch.common.errors import UsageError
from launch.models import logged_trial, model_folder, rerun
from launch.models.loading import REGISTERED, model_uri
from launch.tracking import client
from launch.tracking.client import check_run_id, connect

RUN = "0123456789abcdef" * 2
NASTY = [
    "../x", "a/b", "/etc/passwd", "it's", 'say "so"', "a\nb", "a\r\n\tb", "a b", ".hidden", "..", "", "x" * 5000,
    "a\u202eb", "a\u200bb", "a;drop table runs", "$(touch ran)", "`touch ran`", "a' or tags.kind = 'final", "%2e%2e%2f",
    "a\\b", "a\x1b[2Jb", "models:/../x@champion", "models:/a/../../b", f"runs:/{RUN}/../../x", "runs:/../x",
    "file:///etc/passwd",
]  # fmt: skip


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Runs a command, which must be refused without leaving anything behind; returns the line that it says."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)

    def run(module, *arguments):
        before = sorted(tmp_path.rglob("*"))
        argv = [str(a) for a in arguments]
        code = module.main(argv)
        said = capsys.readouterr()
        assert code == 2, said
        lines = said.err.splitlines()
        assert len(lines) == 1, said.err
        assert lines[0].startswith("error: ")
        assert "Traceback" not in said.out + said.err
        assert len(lines[0]) < 1100
        assert lines[0].isprintable()
        assert sorted(tmp_path.rglob("*")) == before
        return lines[0].removeprefix("error: ")

    return run


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY)
def test_nasty_names_are_refused(refused, home, name):
    where = ("--home", home)
    assert "letters, digits" in refused(retrain, RUN, f"--name={name}", *where)
    for module in (retrain, replay):
        assert "no run id" in refused(module, name, *where)
    rows = home.parent / "rows.csv"
    rows.write_text("a,b\n1,2\n")
    if name == "/etc/passwd":
        for module, more in ((predict, (rows,)), (artificial, ())):
            assert "run the code of whoever made them" in refused(module, name, *more, *where)
    elif name not in ("", ".."):
        assert "give a registered name" in refused(predict, name, rows, *where)
        assert "give a registered name" in refused(artificial, name, *where)
    assert "give a registered name" in refused(serve, name, *where)


@pytest.mark.parametrize("name", [n for n in NASTY if n not in ("..", ".hidden")])
def test_nasty_places_are_refused(refused, home, name):
    """Reading makes no home and no store."""
    for module, more in ((ui, ()), (replay, (RUN,)), (retrain, (RUN,)), (serve, ("x",)), (artificial, ("x",))):
        if name != "":  # the working directory
            assert "there is no record" in refused(module, *more, f"--home={name}")
        assert "tracking-uri" in refused(module, *more, "--home", home, f"--tracking-uri={name}")
    assert "there is no such file" in refused(ui, "--home", home, f"--tracking-uri=sqlite:///{home}/other.db")


@pytest.mark.parametrize("name", ["../../x", "x" * 5000, "a\nb", "ünïcode"])
def test_nasty_files_are_refused(refused, home, name):
    refused(predict, "m", f"{name}.csv", "--home", home)
    (home.parent / "place" / "rows.csv").write_text("a,b\n1,2\n")
    refused(predict, "m", "rows.csv", f"--output={name}/none/x.csv", "--home", home)
    refused(retrain, RUN, f"--export={name}/none/x.joblib", "--home", home)


def test_what_names_may_be():
    assert text.check_name("A-1_b.c", "--name") == "A-1_b.c"
    assert check_run_id(RUN) == RUN
    assert model_uri("devnet-celeba") == "models:/devnet-celeba@champion"
    assert model_uri(RUN) == f"runs:/{RUN}/model"
    for uri in ("models:/devnet-celeba/2", "models:/devnet-celeba@champion", f"runs:/{RUN}/model", f"models:/m-{RUN}"):
        assert model_uri(uri) == uri
    assert model_folder.registered_name("/x/It's mine.py", "mnist:3") == "It-s-mine-mnist-3"
    assert model_folder.registered_name("../..", "x") == "x"
    for detector in ("devnet", "../../x.py", "名.py", ".py"):
        assert REGISTERED.fullmatch(model_folder.registered_name(detector, "../data'; --"))


def test_an_answer_is_found_whatever_the_study_is_called(home):
    """MLflow's filters have quotes and no escapes."""
    store = connect(home, None)
    experiment = store.create_experiment("celeba")
    tags = {
        "detector": "devnet", "dataset": "celeba", "dataset_sha256": "0", "protocol": "report", "outer_split": "0",
        "request": "{}", "config": "{}", "max_rounds": "2", "metric": "ap", "split_seed": "0", "train_seed": "0",
        "supervision": "few-label", "trial_number": "3",
    }  # fmt: skip
    plain = "x' or tags.kind = 'final"
    ids = {}
    for study in ("it's", plain, "plain", "both \"' of them"):
        for kind, number in (("trial", "3"), ("trial", "4"), ("final", "3")):
            more = {"study": study, "kind": kind, "trial_number": number}
            ids[study, kind, number] = store.create_run(experiment, tags=tags | more).info.run_id
    for study in ("it's", plain, "plain"):
        final = logged_trial.read(store, ids[study, "final", "3"])
        assert rerun.chosen_trial(store, final, final.run_id).run_id == ids[study, "trial", "3"]
    final = logged_trial.read(store, ids["both \"' of them", "final", "3"])
    with pytest.raises(UsageError, match="cannot be looked for"):
        rerun.chosen_trial(store, final, final.run_id)


# -- servers -------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_an_address_that_others_reach_is_warned_of(capsys, host, warned):
    servers.check_address(host, free_port())
    words = capsys.readouterr().err
    assert ("MLflow has no password of its own" in words) == warned
    assert words.count("\n") == warned


@pytest.mark.parametrize("module", [ui, serve])
def test_the_default_is_loopback(module):
    options = serve.ServeOptions(model="x") if module is serve else ui.UiOptions()
    assert options.host == "127.0.0.1"


@pytest.mark.parametrize("host", ["--reload", "a;touch ran", "$(x)", "", "a b", "no.such.host.invalid", "1.2.3.4"])
def test_an_address_that_is_none(refused, home, host):
    assert repr(host) in (line := refused(ui, "--home", home, f"--host={host}")) or "pass another" in line


def test_a_port_that_is_taken(refused, home):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        line = refused(serve, "x", "--home", home, "--port", other.getsockname()[1])
    assert "pass another --port" in line
    for port in (0, -1, 65536):
        assert "--port" in refused(ui, "--home", home, "--port", port)


def test_a_server_gets_the_store_in_its_environment_alone(monkeypatch, home, capsys):
    """A command line can be read by every user of the machine."""
    started = []
    monkeypatch.setattr(servers, "call", lambda server, environment, beside: started.append((server, environment)) or 0)
    monkeypatch.setattr(client, "connect", lambda *_: None)  # there is no such database
    monkeypatch.setattr(stores, "_check_database", lambda *_, **__: None)
    uri = "postgresql://me:hunter2@db/mlflow"
    port = str(free_port())
    given = ["--tracking-uri", uri, "--home", str(home), "--port", port]
    assert ui.main(given) == 0
    ((line, environment),) = started
    assert environment["MLFLOW_BACKEND_STORE_URI"] == uri
    assert "hunter2" not in str(line) + str(capsys.readouterr())
    assert line[-4:] == ["--host", "127.0.0.1", "--port", port]


def test_a_database_that_is_not_there_is_said_after_one_try(refused, home, monkeypatch):
    tries = []
    monkeypatch.setattr("mlflow.store.db.utils.create_sqlalchemy_engine", lambda *_: tries.append(1))
    said = refused(ui, "--home", home, "--tracking-uri", f"postgresql://me:hunter2@127.0.0.1:{free_port()}/mlflow")
    assert "cannot be opened" in said
    assert "hunter2" not in said
    assert not tries


def test_a_password_is_not_repeated_in_an_error(refused, home):
    uri = "http://me:hunt@er2/x@127.0.0.1:1"
    for module, more in ((ui, ()), (replay, (RUN,)), (serve, ("x",))):
        assert "er2" not in refused(module, *more, "--home", home, "--tracking-uri", uri)
