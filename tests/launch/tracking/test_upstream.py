"""What we use of MLflow beyond its documentation is still there; each failure says where to mend it."""

from __future__ import annotations

import inspect
from pathlib import Path

import mlflow.server
import pytest
from mlflow import MlflowClient
from mlflow.pyfunc import scoring_server as upstream_server
from mlflow.utils import mlflow_tags, rest_utils

from launch.models import scoring_server
from launch.tracking import bulk_insert, mlflow_internals, retry, saved_view

VERSION = f"MLflow {mlflow.__version__}"


@pytest.fixture
def client(home) -> MlflowClient:
    return MlflowClient(f"sqlite:///{home}/mlflow.db")


def test_tables_are_those_that_are_written_and_read():
    unknown = mlflow_internals.unknown_tables()
    assert not unknown, (
        f"{VERSION} has other columns in {unknown}: runs are written and read by single calls now, ten times slower. "
        "Bring COLUMNS in launch/tracking/mlflow_internals.py up to date, and the rows of bulk_insert.py with it; "
        "test_bulk_insert.py says whether they are what the client writes"
    )


def test_an_sql_store_gives_sessions(client):
    assert mlflow_internals.available(client), (
        f"{VERSION} has no `_tracking_client.store.ManagedSessionMaker`: runs go by single calls now. "
        "Find the store of a client again in launch/tracking/mlflow_internals.py"
    )
    with mlflow_internals.session(client, read_only=True) as transaction:
        assert transaction.query(mlflow_internals.SqlRun).count() == 0


def test_artifacts_go_where_the_client_puts_them(client):
    run = client.create_run("0").info
    root = client.get_experiment("0").artifact_location
    assert mlflow_internals.artifact_uri(root, run.run_id) == run.artifact_uri, (
        f"{VERSION} keeps artifacts elsewhere: see artifact_uri in launch/tracking/mlflow_internals.py"
    )


def test_tags_are_called_what_they_were():
    names = (mlflow_tags.MLFLOW_PARENT_RUN_ID, mlflow_tags.MLFLOW_RUN_NAME)
    assert names == ("mlflow.parentRunId", "mlflow.runName"), (
        f"{VERSION} calls {names} otherwise: see event_writer.py and bulk_insert.py in launch/tracking"
    )
    assert '"mlflow.runName"' in inspect.getsource(bulk_insert)


def test_errors_of_a_proxy_are_told_by_their_text():
    assert "API request to" in inspect.getsource(rest_utils), (
        f"{VERSION} words an answer that is no JSON otherwise: see classify in launch/tracking/retry.py"
    )
    assert "API request to" in inspect.getsource(retry.classify)


def test_the_scoring_server_is_as_its_guard_knows_it():
    where = "see launch/models/scoring_server.py"
    names = list(inspect.signature(upstream_server.parse_csv_input).parameters)
    assert names == ["csv_input", "schema"], f"{VERSION} reads a CSV otherwise ({names}): {where}"
    assert "parse_csv_input(csv_input=" in inspect.getsource(upstream_server), (
        f"{VERSION} reads CSVs elsewhere: {where}"
    )
    assert upstream_server._SERVER_MODEL_PATH == scoring_server.MODEL_PATH, (
        f"{VERSION} takes the model from another variable: {where}"
    )


def test_pages_know_shared_views():
    """The pages are a bundle of scripts: the names that a shared view depends on must stand in it."""
    scripts = [p.read_text(errors="replace") for p in Path(mlflow.server.__file__).parent.glob("js/build/**/*.js")]
    for name in ("viewStateShareKey", "mlflow.sharedViewState", saved_view.KIND, "workflowType"):
        assert any(name in script for script in scripts), (
            f"the pages of {VERSION} do not know {name}: see saved_view.py and links.py in launch/tracking"
        )
