"""Servers that we start: where they listen, and that they end with the command."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import signal
import socket
import subprocess
import sys

from launch.common.errors import UsageError
from launch.common.text import brief

HOST = re.compile(r"[A-Za-z0-9:][A-Za-z0-9:.-]*")


def check_address(host: str, port: int, *, option: str = "--port") -> None:
    """Refuse an address that is none or is taken; a place that others reach is warned of."""
    if not HOST.fullmatch(host):
        raise UsageError(f"--host {brief(host)}: give a name or an address of this machine, such as 127.0.0.1")
    if not 0 < port < 65536:
        raise UsageError(f"{option} must be between 1 and 65535, got {port}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise UsageError(
            f"nothing can listen on {host} port {port} ({error.strerror}); pass another {option}"
        ) from error
    if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        print(
            f"warning: {host} can be reached by other machines, and MLflow has no password of its own: "
            "put a proxy with one in front, or leave out --host",
            file=sys.stderr,
        )


def url(host: str, port: int) -> str:
    """Where a browser finds a server."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def call(server: list[str], environment: dict[str, str]) -> int:
    """Run a server until it ends; it ends with this process."""
    process = subprocess.Popen(server, env=environment)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = process.wait()
        return code if code >= 0 else 128 - code
    except KeyboardInterrupt:  # the terminal told the server too
        with contextlib.suppress(KeyboardInterrupt):
            process.wait()
        return 130
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        signal.signal(signal.SIGTERM, before)
