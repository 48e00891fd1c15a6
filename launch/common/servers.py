"""Servers that we start: where they listen, and that they end with the command."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from launch.common.environment import ROOT
from launch.common.errors import UsageError
from launch.common.text import brief

PATIENCE = 10.0
"""Seconds in which a server may end by itself."""
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


class _Stopped(BaseException):
    """A signal asks this process to end."""


def call(server: list[str], environment: dict[str, str], *, beside: list[str] | None = None) -> int:
    """Run a server until it ends, or until Ctrl-C, SIGTERM or a closed terminal ends it; returns the exit code.

    Servers have groups of processes of their own: the terminal tells Ctrl-C to this process alone, which ends them,
    whatever they started, and in their own way, without a traceback of each.

    Parameters
    ----------
    server : list of str
        The command.
    environment : dict
    beside : list of str, optional
        Another server, in the environment and the folder of this repository, that ends with the first.
    """

    def stop(number: int, _: Any) -> None:
        raise _Stopped(128 + number)

    hangup = [signal.SIGHUP] if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN else []
    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, *hangup)}
    started: list[subprocess.Popen[bytes]] = []
    try:
        if beside is not None:
            started.append(subprocess.Popen(beside, cwd=ROOT, stdin=subprocess.DEVNULL, process_group=0))
        started.append(subprocess.Popen(server, env=environment, stdin=subprocess.DEVNULL, process_group=0))
        code = started[-1].wait()
        return code if code >= 0 else 128 - code
    except _Stopped as stopped:
        return int(stopped.args[0])
    except KeyboardInterrupt:
        return 130
    finally:
        before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        _end(started)
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(servers: list[subprocess.Popen[bytes]]) -> None:
    """End processes and what they started; what does not go by itself is killed."""
    for server in servers:
        _tell(server, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    for server in servers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(max(0.1, until - time.monotonic()))
        _tell(server, signal.SIGKILL)
        server.wait()


def _tell(server: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, number)
