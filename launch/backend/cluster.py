"""Start a Ray of our own, or join a cluster: tokens, what travels there, which nodes it has."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
from ray import cloudpickle
from ray.exceptions import AuthenticationError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from launch.backend import code_staging, ray_folder, ray_private
from launch.common.errors import UsageError

QUIET: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": True}
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Node:
    """A machine of the cluster, as Ray counts it."""

    id: str
    hostname: str
    address: str
    cores: float
    gpus: float
    gpu_names: tuple[str, ...]
    """As Ray calls their kind; empty where it does not know."""
    store: int
    """Bytes of its object store."""
    alive: bool


def start_local(*, cores: int, object_store_memory: int) -> Callable[[], None]:
    """Start Ray on this machine, with a token that nobody else has; returns what removes its files once it ended."""
    ensure_token()
    folder, remove = ray_folder.make()
    with ray_private.on_loopback():
        _init(
            address="local",  # never whatever else runs on this machine
            num_cpus=cores,
            include_dashboard=False,
            object_store_memory=object_store_memory,
            _temp_dir=str(folder),
            _node_ip_address=ray_private.LOOPBACK,
            _system_config=ray_private.LOCAL_SYSTEM,
        )
    ray_private.leave_out_logs()
    return remove


def join(address: str) -> None:
    """Join a cluster and send it the code; inside a Ray job the code is there already."""
    ensure_token()
    _reachable(address)
    try:
        if ray_private.inside_job():
            _init(address=address)
            return
        with tempfile.TemporaryDirectory(prefix="code-") as folder:
            code_staging.stage(Path(folder))
            # the code is sent while Ray starts: the folder is not needed afterwards
            runtime = {"working_dir": folder, "env_vars": code_staging.environment()}
            _init(address=address, runtime_env=runtime)
    except Exception as error:
        message = " ".join(str(error).split())
        if "Version mismatch" in message:
            raise UsageError(f"the cluster at {address} has other versions: {message[:300]}") from error
        raise UsageError(
            f"no Ray cluster can be joined at {address} ({message[:300]}); --address takes HOST:6379 on a machine of "
            "the cluster, or auto; from elsewhere use launch/submit.py"
        ) from error


def _init(**arguments: Any) -> None:
    """`ray.init`, while and after which SIGTERM is ours: Ray's handler would end the process with nothing recorded."""
    with ray_private.our_signals():
        ray.init(**arguments, **QUIET)


def _reachable(address: str) -> None:
    """Refuse in seconds what Ray would try for minutes: an address where nothing is, a wrong token."""
    where = os.environ.get("RAY_ADDRESS", address) if address == "auto" else address
    if where == "auto":
        return
    host, colon, port = where.rpartition(":")
    if not colon or "://" in where or not port.isdigit():
        raise UsageError(f"--address {address}: give HOST:PORT of the head (port 6379 by default), or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address} ({error}); see that the head runs there and that its port is open"
        ) from error

    try:
        with _silent():
            ray_private.knock(where)
    except AuthenticationError as error:
        raise UsageError(f"the cluster at {address} asks for a token: {token_advice()}") from error
    except Exception:  # ray.init says what it is
        return


def token_advice() -> str:
    """What to do where a cluster does not take the token that is here."""
    mode = os.environ.get("RAY_AUTH_MODE", "unset")
    if mode != "token":
        return f"RAY_AUTH_MODE is {mode} here; set it to token"
    if os.environ.get("RAY_AUTH_TOKEN"):
        return "the one in RAY_AUTH_TOKEN is not its; take the head's (there: ray get-auth-token)"
    path = os.environ.get("RAY_AUTH_TOKEN_PATH") or token_file()
    return (
        f"the one in {path} is not its; copy the head's there, or set RAY_AUTH_TOKEN (on the head: ray get-auth-token)"
    )


def token_file() -> Path:
    """Where Ray looks for the token of this user."""
    return Path.home() / ".ray" / "auth_token"


def ensure_token() -> None:
    """Have a token that only this user can read; Ray would write one that everybody can."""
    named = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    if os.environ.get("RAY_AUTH_MODE") != "token" or named:
        return
    path = token_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=path.parent)  # mkstemp's files have mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)  # whole or not at all, and never over another
        os.unlink(fresh)
        state = path.stat()
        if state.st_mode & 0o077 and state.st_uid == os.getuid():
            path.chmod(0o600)
    except OSError:  # no home that can be written: a token for this process and what it starts
        if not path.is_file():
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Nothing on standard error, not even from Ray's C++."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def nodes() -> list[Node]:
    """Every node that the cluster has had, the driver's own first."""
    own = ray.get_runtime_context().get_node_id()
    known = map(_node, ray.nodes())
    return sorted(known, key=lambda node: (node.id != own, node.hostname, node.address, node.id))


def _node(entry: dict[str, Any]) -> Node:
    has, kind = entry["Resources"], "accelerator_type:"
    return Node(
        entry["NodeID"],
        entry["NodeManagerHostname"],
        entry["NodeManagerAddress"],
        cores=has.get("CPU", 0.0),
        gpus=has.get("GPU", 0.0),
        gpu_names=tuple(name.removeprefix(kind) for name in has if name.startswith(kind)),
        store=int(has.get("object_store_memory", 0)),
        alive=entry["Alive"],
    )


def slots(cpus: float, gpus: float) -> int:
    """How many trials run at a time: a trial is on one node, so that what is left over on several is none."""
    return sum(_fit(node, cpus, gpus) for node in nodes() if node.alive)


def _fit(node: Node, cpus: float, gpus: float) -> int:
    shares = [has / wants for has, wants in ((node.cores, cpus), (node.gpus, gpus)) if wants]
    return int(min(shares) + 1e-9) if shares else 1


def on_nodes(function: Callable[..., Any], arguments: Mapping[str, tuple[Any, ...]], seconds: float) -> dict[str, Any]:
    """Call a function on nodes, all at once; exceptions are results, `TimeoutError` where none came in time.

    The function's module travels by value: a node that lacks our code can still run it.
    """
    module = sys.modules[function.__module__]
    cloudpickle.register_pickle_by_value(module)
    try:
        remote = ray.remote(num_cpus=0, max_retries=1)(function)
        calls = {
            remote.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(*given): node
            for node, given in arguments.items()
        }
    finally:
        cloudpickle.unregister_pickle_by_value(module)
    ready, late = ray.wait(list(calls), num_returns=len(calls), timeout=seconds) if calls else ([], [])
    results: dict[str, Any] = {calls[call]: TimeoutError(f"no answer within {seconds:g} s") for call in late}
    for call in late:
        ray.cancel(call, force=True)
    for call in ready:
        try:
            results[calls[call]] = ray.get(call)
        except Exception as error:
            results[calls[call]] = error
    return results
