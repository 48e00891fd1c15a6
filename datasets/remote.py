"""Tables that lie elsewhere: fetched by their address, kept by their content."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from datasets.catalog import files
from datasets.errors import DataError, Unreachable

FOLDER = "remote"
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/{1,3}")
_PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "az": "adlfs", "adl": "adlfs",
    "sftp": "paramiko", "ssh": "paramiko", "hdfs": "pyarrow", "hf": "huggingface_hub", "oss": "ossfs",
}  # fmt: skip


def address(dataset: str | Path) -> str | None:
    """The address of what lies elsewhere, of which a Path has lost a slash; None for a path of this machine."""
    match = _ADDRESS.match(str(dataset))
    if match is None:
        return None
    protocol, rest = match[1].lower(), str(dataset)[match.end() :]
    return f"{protocol}://{rest}" if protocol != "file" else f"file:///{rest.removeprefix('localhost/')}"


def here(dataset: str) -> str:
    """A `file://` address as a path; anything else as it is."""
    found = address(dataset)
    return unquote(urlsplit(found).path) if found is not None and found.startswith("file:") else dataset


def name_of(where: str) -> str:
    """What a file or folder elsewhere is called."""
    return unquote(urlsplit(where).path).rstrip("/").rpartition("/")[2] or urlsplit(where).netloc


def fetch(where: str, data_dir: Path, notify: Callable[[str], None]) -> Path:
    """A copy of what lies at an address, in the data folder, under a name that begins with its checksum.

    Raises
    ------
    DataError
        If the package for the protocol is missing, nothing is there, or the copy cannot be kept.
    """
    folder = Path(data_dir) / FOLDER
    name = name_of(where)
    files.check_writable(folder, name)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        target = Path(place) / name
        (_download if where.startswith(("http://", "https://")) else _copy)(where, target)
        if target.is_dir():
            sums = [files.sha256(path) for path in sorted(target.rglob("*")) if path.is_file()]
            mark = hashlib.sha256("".join(sums).encode()).hexdigest()[:12]
        else:
            mark = files.sha256(target)[:12]
        kept = folder / mark / name
        kept.parent.mkdir(exist_ok=True)
        if kept.is_dir():
            shutil.rmtree(kept)
        target.replace(kept)
    notify(f"fetched {where}, kept as {kept}")
    return kept


def _download(where: str, target: Path) -> None:
    import requests  # takes a while, and most tables are on this machine

    files.check_host(where)
    try:
        with requests.get(where, stream=True, timeout=(files.CONNECT_SECONDS, files.READ_SECONDS)) as answer:
            answer.raise_for_status()
            with open(target, "wb") as file:
                for block in answer.iter_content(1 << 20):
                    file.write(block)
    except requests.HTTPError as error:
        raise DataError(f"{where}: the server answered {answer.status_code}") from error
    except requests.RequestException as error:
        raise Unreachable(f"could not download {where}: {type(error).__name__}, is this machine online?") from error


def _copy(where: str, target: Path) -> None:
    import fsspec  # as above

    protocol = where.partition("://")[0]
    try:
        system, path = fsspec.core.url_to_fs(where)
        _get(system, path, target)
    except ImportError as error:
        package = _PACKAGES.get(protocol, "")
        out = f"pip install {package}" if package else " ".join(str(error).split())[:150]
        raise DataError(f"{where}: reading {protocol}:// needs a package that is not installed: {out}") from error
    except FileNotFoundError as error:
        raise DataError(f"there is no file or folder {where}") from error
    except ValueError as error:
        raise DataError(f"{where}: {' '.join(str(error).split())[:150]}; give a file, a folder, or https://") from error
    except Exception as error:
        detail = " ".join(str(error).split())[:150] or type(error).__name__
        raise DataError(f"{where} cannot be read ({type(error).__name__}: {detail})") from error


def _get(system: Any, path: str, target: Path) -> None:
    if system.isdir(path):
        system.get(path.rstrip("/") + "/", f"{target}/", recursive=True)
    else:
        system.get_file(path, str(target))
