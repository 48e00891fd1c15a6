import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from datasets.catalog import files
from datasets.errors import DataError, Unreachable

BODY = bytes(range(256)) * 2000
GOOD = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        body = BODY[:1000] if self.path == "/cut" else BODY
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def test_download_through_pooch(server, tmp_path, capfd):
    said: list[str] = []
    path = files.fetch(f"{server}/good", "a.bin", GOOD, tmp_path / "new" / "data", said.append)
    assert path.read_bytes() == BODY
    assert path.stat().st_mode & 0o044 == 0o044
    assert said == [f"fetching a.bin from {server}/good"]
    out, err = capfd.readouterr()
    assert out == ""
    assert "100%" in err
    assert "Downloading data" not in err
    assert files.fetch("http://127.0.0.1:1/never", "a.bin", GOOD, tmp_path / "new" / "data") == path


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        ("/missing", Unreachable, "the server answered 404"),
        ("/cut", Unreachable, "could not download"),
        ("/good", DataError, f"is not the published a.bin .expected sha256 {'0' * 64}"),
    ],
)
def test_a_failed_download_leaves_nothing(server, tmp_path, address, error, message):
    with pytest.raises(error, match=message) as caught:
        files.fetch(server + address, "a.bin", "0" * 64, tmp_path, lambda text: None)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nobody_listens(tmp_path):
    with pytest.raises(Unreachable, match=r"could not download http://127\.0\.0\.1:1/x: ConnectionError"):
        files.fetch("http://127.0.0.1:1/x", "a.bin", GOOD, tmp_path, lambda text: None)


def test_no_such_host(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(files, "getproxies", dict)
    monkeypatch.setattr(files.socket, "getaddrinfo", fail)
    with pytest.raises(Unreachable, match=r"nowhere\.invalid: Name or service not known"):
        files.fetch("https://nowhere.invalid/x", "a.bin", GOOD, tmp_path)


def test_a_dead_name_server_is_given_up_soon(tmp_path, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(files, "getproxies", dict)
    monkeypatch.setattr(files, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(files.socket, "getaddrinfo", lambda *args: over.wait(30))
    with pytest.raises(Unreachable, match="no answer from the name server"):
        files.fetch("https://nowhere.invalid/x", "a.bin", GOOD, tmp_path)
    over.set()


def test_a_file_in_place_is_checked_and_never_overwritten(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"mine")
    with pytest.raises(DataError, match=f"expected sha256 {GOOD}, found .*delete it"):
        files.fetch(f"{server}/good", "a.bin", GOOD, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write a\.bin to .*`data_dir`") as caught:
        files.fetch("http://127.0.0.1:1/x", "a.bin", GOOD, tmp_path / "file" / "data")
    assert not isinstance(caught.value, Unreachable)


def test_locate_and_sha256(tmp_path):
    assert files.locate("a.bin", tmp_path) is None
    (tmp_path / "a.bin").write_bytes(BODY)
    assert files.locate("a.bin", tmp_path) == tmp_path / "a.bin"
    assert files.sha256(tmp_path / "a.bin") == GOOD
    with pytest.raises(DataError, match="cannot read"):
        files.sha256(tmp_path / "b.bin")
