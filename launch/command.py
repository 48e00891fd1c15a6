"""What the smaller commands share: paths, environment, checks of names, errors on one line."""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch.environment import prepare
from launch.errors import UsageError
from launch.options import NAME
from launch.secrets import redact, shown

if TYPE_CHECKING:
    from trainables.core.serving import ServedModel

RUN_ID = re.compile(r"[0-9a-f]{32}")
REGISTERED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,249}")
MODEL_URI = re.compile(rf"models:/{REGISTERED.pattern}((@|/){NAME.pattern})?")
RUN_URI = re.compile(rf"runs:/{RUN_ID.pattern}(/{NAME.pattern})+")
LONGEST_LINE = 1000
PLACE = (errno.ENAMETOOLONG, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EISDIR, errno.ENOTDIR, errno.EDQUOT)


def run(parse: Callable[[], Any], work: Callable[[Any, Any], int | None]) -> int:
    """Parse, work, and turn what a person can mend into one line and exit code 2.

    Parameters
    ----------
    parse : callable
        Returns the options.
    work : callable
        Takes options and console; returns an exit code, or None for 0.
    """
    prepare()
    options = parse()
    from datasets.errors import DataError
    from trainables.core.errors import DetectorError
    from trainables.core.external import BadDetectorFile
    from trainables.core.serving import BadModel

    try:
        return work(options, console()) or 0
    except (UsageError, DataError, DetectorError, BadDetectorFile, BadModel) as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in PLACE:
            raise
        print(f"error: {brief(str(error.filename))} cannot be used: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def console() -> Any:
    """A console as wide as the terminal; where there is none, wide enough for the tables."""
    import sys

    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=150)


def check_name(value: str, option: str) -> str:
    """A name that may become a part of a path, of a filter or of a registered name.

    Raises
    ------
    UsageError
        If it holds anything but letters, digits, dot, dash and underscore.
    """
    if not NAME.fullmatch(value):
        raise UsageError(f"{option} {brief(value)}: use letters, digits, dot, dash and underscore, at most 100")
    return value


def check_run_id(value: str) -> str:
    """A run id as MLflow makes them.

    Raises
    ------
    UsageError
    """
    if not RUN_ID.fullmatch(value):
        raise UsageError(f"{brief(value)} is no run id (32 of 0-9 and a-f); take one from the MLflow UI (launch/ui.py)")
    return value


def one_line(text: str) -> str:
    """A message as a terminal may show it: on one line, without secrets and control characters, the end kept."""
    line = "".join(c if c.isprintable() else "?" for c in redact(" ".join(text.split())))
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 150]} … {line[-145:]}"


def brief(value: str) -> str:
    """What a person gave, quoted, not longer than a line."""
    return repr(value if len(value) <= 60 else f"{value[:57]}...")


def output_folder(path: Path) -> Path:
    """A folder that can be written, made if it is missing: said before any work.

    Raises
    ------
    UsageError
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / ".writable").touch()
        (path / ".writable").unlink()
    except OSError as error:
        raise UsageError(f"--output {brief(str(path))} cannot be written: {error.strerror or error}") from error
    return path


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that cannot be one is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def connect(home: Path, tracking_uri: str | None) -> Any:
    """An MLflow client on the store of a home.

    Raises
    ------
    UsageError
        If there is no such store.
    """
    import logging

    uri = store(home, tracking_uri)
    import mlflow
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    try:
        _answers(uri)
        client = MlflowClient()
        client.search_experiments(max_results=1)
    except Exception as error:
        raise UsageError(
            f"the record at {shown(uri)} cannot be opened: {' '.join(redact(str(error), uri).split())[:200]}"
        ) from error
    return client


def _answers(uri: str) -> None:
    """Connect to a database once: MLflow would try ten times, for 100 seconds, before it says that there is none."""
    if uri.startswith(("http:", "https:", "sqlite:", "file:")) or "://" not in uri:
        return
    from sqlalchemy import create_engine

    limited = uri.startswith(("postgres", "mysql"))
    engine = create_engine(uri, connect_args={"connect_timeout": 10} if limited else {})
    try:
        engine.connect().close()
    finally:
        engine.dispose()


def store(home: Path, tracking_uri: str | None) -> str:
    """The URI of a store that exists: none is made by looking.

    Raises
    ------
    UsageError
        If there is none.
    """
    from launch.home import Home

    root = Path(home).expanduser().resolve()
    if tracking_uri is None and not is_file(root / "mlflow.db"):
        raise UsageError(
            f"there is no record in {root}; pass --home or --tracking-uri, or search first: launch/tune.py"
        )
    uri = Home(root).tracking_uri(tracking_uri)
    if uri.startswith("sqlite:///") and not is_file(Path(uri.removeprefix("sqlite:///"))):
        raise UsageError(f"--tracking-uri {uri}: there is no such file")
    return uri


def trusted(home: Path) -> Path:
    """The home's list of models that it wrote."""
    from launch import trust

    return trust.ledger_of(Path(home).expanduser().resolve())


def load_model(name: str, home: Path, tracking_uri: str | None, trust_code: bool) -> ServedModel:
    """A model by registered name, URI, run id or folder; its own code is run only if this home wrote it.

    Raises
    ------
    UsageError
        If there is no such model, or it brings code that this home does not know.
    """
    from launch import trust
    from trainables.core.serving import ServedModel

    client = None if is_file(Path(name) / "model.json") else connect(home, tracking_uri)
    folder = model_folder(client, name)
    trust.check_model(folder, trusted(home), trust_code, name)
    return ServedModel(folder)


def model_uri(name: str) -> str:
    """MLflow's URI of a model.

    Raises
    ------
    UsageError
        For what cannot be one.
    """
    if RUN_ID.fullmatch(name):
        return f"runs:/{name}/model"
    if REGISTERED.fullmatch(name):
        return f"models:/{name}@champion"
    if MODEL_URI.fullmatch(name) or RUN_URI.fullmatch(name):
        return name
    raise UsageError(
        f"MODEL {brief(name)}: give a registered name (letters, digits, dot, dash and underscore), "
        "a models:/ or runs:/ URI, a run id, or a folder with model.json"
    )


def model_folder(client: Any, name: str) -> Path:
    """Download or find a model: a registered name, a `models:/` URI, a run id, or a folder.

    Raises
    ------
    UsageError
        With the names that exist.
    """
    if is_file(Path(name) / "model.json"):
        return Path(name)
    if is_file(Path(name)):
        raise UsageError(
            f"MODEL {brief(name)} is a file, and joblib and pickle files run the code of whoever made them: "
            "give a registered name, or the folder that holds model.json"
        )
    folder = download(client, name)
    found = list(folder.rglob("model.json"))
    if not found:
        raise UsageError(f"{name} is not a model of this platform (no model.json in it)")
    return found[0].parent


def download(client: Any, name: str) -> Path:
    """The artifacts of a model that MLflow knows.

    Raises
    ------
    UsageError
        With the names that exist.
    """
    uri = model_uri(name)
    import mlflow

    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
    except Exception as error:
        names = [m.name for m in client.search_registered_models(max_results=20)]
        known = f"; registered here: {', '.join(names)}" if names else "; no model is registered here yet"
        raise UsageError(f"no model {brief(name)} in this record{known}") from error
