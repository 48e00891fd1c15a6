"""Tables that lie elsewhere: fetched, kept by their content, refused in one line."""

import functools
import http.server
import threading

import fsspec
import pytest

from datasets import remote
from datasets.errors import DataError
from datasets.load import load
from datasets.request import Request, absolute, dataset_name
from tests.tables import raw, write


@pytest.fixture
def served(tmp_path):
    """A web server on a folder, with its address."""
    place = tmp_path / "there"
    place.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(place))
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield place, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_over_http(tmp_path, served):
    place, base = served
    path = write(place / "my.csv", raw())
    said = []
    there = load(Request(f"{base}/my.csv", label_column="verdict"), tmp_path / "data", notify=said.append)
    local = load(Request(str(path), label_column="verdict"), tmp_path)
    assert (there.sha256, there.dataset) == (local.sha256, "my")
    assert there.request["dataset"] == f"{base}/my.csv"
    (kept,) = (tmp_path / "data" / "remote").glob("*/my.csv")
    assert kept.parent.name == local.sha256[:12]
    assert f"kept as {kept}" in said[0]
    with pytest.raises(DataError, match=r"none\.csv: the server answered 404"):
        load(Request(f"{base}/none.csv"), tmp_path / "data")


def test_a_folder_by_fsspec(tmp_path):
    system = fsspec.filesystem("memory")
    for k in range(2):
        part = write(tmp_path / f"{k}.csv", raw(100, seed=k))
        system.pipe(f"/bucket/parts/{k}.csv", part.read_bytes())
    found = load(Request("memory://bucket/parts", label_column="verdict"), tmp_path / "data", notify=lambda line: None)
    assert found.dataset == "parts"
    assert found.counts["rows"] == 200
    with pytest.raises(DataError, match="there is no file or folder memory://bucket/nothing"):
        load(Request("memory://bucket/nothing.csv"), tmp_path / "data")


def test_a_file_address_is_a_path(tmp_path):
    path = write(tmp_path / "my table.csv", raw())
    where = f"file://{tmp_path}/my%20table.csv"
    assert absolute(where) == str(path)
    assert load(Request(where, label_column="verdict"), tmp_path).dataset == "my-table"


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("s3://bucket/x.csv", "reading s3:// needs a package that is not installed: pip install s3fs"),
        ("gs://bucket/x.csv", "pip install gcsfs"),
        ("nothing://bucket/x.csv", "nothing://bucket/x.csv: Protocol not known"),
        ("http://127.0.0.1:9/x.csv", "could not download http://127.0.0.1:9/x.csv"),
    ],
)
def test_what_cannot_be_reached(where, words, tmp_path):
    with pytest.raises(DataError, match=words):
        load(Request(where), tmp_path, notify=lambda line: None)


def test_names_and_lost_slashes(tmp_path):
    assert dataset_name("https://host/a/train.csv.gz?version=2") == "train"
    assert dataset_name("s3://bucket/parts/") == "parts"
    assert remote.address("s3:/bucket/x.csv") == "s3://bucket/x.csv"
    assert remote.address("C:\\x.csv") is remote.address("a/b.csv") is None
    assert remote.here("file://localhost/a/b%20c.csv") == "/a/b c.csv"
    assert remote.here("file:/a/b.csv") == "/a/b.csv"
