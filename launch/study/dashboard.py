"""optuna-dashboard on the studies of a folder: `python -m launch.study.dashboard FOLDER HOST PORT PARENT`.

It ends with the process that started it, whatever ends that one, and a page elsewhere cannot make a browser on
this machine read it under another name.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from launch.study.read_only_storage import StudiesView

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
LOCAL = {"localhost", "127.0.0.1", "[::1]"}


class Quiet(WSGIRequestHandler):
    """Without a line for every request."""

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


def only_by_name(application: Application, host: str) -> Application:
    """Refuse requests under other names than this machine's, where the server is for this machine alone."""
    names = LOCAL | {f"[{host}]" if ":" in host else host}

    def checked(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        requested = environment.get("HTTP_HOST", "")
        if requested.rpartition(":")[0] in names or requested in names:
            return application(environment, start)
        start("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"This server answers under the name of this machine alone.\n"]

    return checked if _is_loopback(host) else application


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def end_with(parent: int, every: float = 1.0) -> None:
    """End this process when its parent, by its pid, is gone, also where that was killed before this is called."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(every)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def serve(folder: Path, host: str, port: int) -> None:
    """Answer until the process is ended."""
    from optuna_dashboard import wsgi

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

    application = only_by_name(wsgi(StudiesView(folder)), host)
    make_server(host, port, application, Server, Quiet).serve_forever()


if __name__ == "__main__":
    end_with(int(sys.argv[4]))
    serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
