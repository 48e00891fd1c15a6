"""Find, check and download the published files of a dataset."""

from __future__ import annotations

import hashlib
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from datasets.errors import DataError, Unreachable

CONNECT_SECONDS, READ_SECONDS = 5, 20


@dataclass(frozen=True)
class Published:
    """A file as its authors publish it.

    Parameters
    ----------
    name : str
        File name.
    sha256 : str, optional
        The published checksum; None where none is known (the computed one is recorded).
    url : str, optional
        Where it can be downloaded; None where it must be fetched by hand.
    """

    name: str
    sha256: str | None = None
    url: str | None = None


def locate(filename: str, data_dir: Path, below: str = "tables") -> Path | None:
    """The file in the data folder or a folder in it, or None where it is in neither."""
    places = (Path(data_dir) / filename, Path(data_dir) / below / filename)
    return next((path for path in places if path.is_file()), None)


def nowhere(name: str, tried: Sequence[str], needed: str, data_dir: Path, it: str = "it") -> DataError:
    """The error for a dataset that is nowhere to be had: the places tried, what is needed from where, the way out."""
    return DataError(
        f"dataset {name!r} is not there; tried: {'; '.join(tried)}. Get {needed} and put {it} in "
        f"{data_dir.absolute()}, or pass `data_dir` with the folder that has {it}"
    )


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def check(path: Path, expected: str | None) -> str:
    """Compare a file with its published checksum; return the checksum found."""
    actual = sha256(path)
    if expected is not None and actual != expected:
        raise DataError(
            f"{path} is not the published file: expected sha256 {expected}, found {actual}; "
            "delete it to fetch it again, or put the published file in its place"
        )
    return actual


def fetch(url: str, filename: str, sha256: str, data_dir: Path, notify: Callable[[str], None] = print) -> Path:
    """Download a file into the data folder, with a progress bar; nothing is left behind on failure.

    A file that is already there is checked and kept.

    Parameters
    ----------
    url : str
        Where it is published.
    filename : str
        Its name in the data folder.
    sha256 : str
        The published checksum; the file appears under its name only after it matched.
    data_dir : Path
        The data folder, made if need be.
    notify : callable
        Told in one line what is downloaded from where.

    Raises
    ------
    Unreachable
        If the server does not answer, answers with an error or breaks off.
    DataError
        If the folder cannot be written or the checksum is wrong.
    """
    folder = Path(data_dir)
    if (present := locate(filename, folder)) is not None:
        check(present, sha256)
        return present
    check_writable(folder, filename)
    check_host(url)
    import pooch  # takes a while, and most files are there
    import requests

    notify(f"fetching {filename} from {url}")
    pooch.get_logger().setLevel("ERROR")
    download = pooch.HTTPDownloader(progressbar=True, timeout=(CONNECT_SECONDS, READ_SECONDS))
    try:
        path = Path(pooch.retrieve(url, f"sha256:{sha256}", fname=filename, path=folder, downloader=download))
        path.chmod(0o644)  # pooch makes it for this user alone
    except requests.RequestException as error:
        raise Unreachable(f"could not download {url}: {_reason(error)}") from error
    except OSError as error:
        raise DataError(f"cannot write {filename} to {folder}: {error.strerror or error}") from error
    except ValueError as error:
        raise DataError(
            f"what {url} sent is not the published {filename} (expected sha256 {sha256}) and was thrown away; "
            "a proxy or sign-in page may be in the way: try again or download it by hand"
        ) from error
    return path


def check_writable(folder: Path, filename: str) -> None:
    """Say so before a download whose result could not be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataError(
            f"cannot write {filename} to {folder} ({error.strerror or error}); "
            "pass `data_dir` with a folder that can be written"
        ) from error


def check_host(url: str) -> None:
    """Look the host name up under a time limit: a dead name server takes far longer than a dead host."""
    parts = urlsplit(url)
    if {parts.scheme, "all"} & set(getproxies()) or parts.hostname is None:
        return
    failure: list[str] = [f"no answer from the name server within {CONNECT_SECONDS} s"]

    def look_up() -> None:
        try:
            socket.getaddrinfo(parts.hostname, parts.port or 443)
            failure.clear()
        except OSError as error:
            failure[:] = [error.strerror or str(error)]

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if failure:
        raise Unreachable(f"could not download {url}: {parts.hostname}: {failure[0]}")


def _reason(error: Exception) -> str:
    """The first line of a network error, without the address that the message already has."""
    import requests  # has just failed, so it is there

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    return f"{type(error).__name__}, is this machine online?"
