"""MLflow's scoring server behind a guard: malformed requests end as 4xx, and errors say no more than they must.

    uvicorn launch.models.scoring_server:app

MLflow by itself answers some of them with 500, repeats the whole request in its message,
adds the stack trace, or scores a shifted CSV. `launch/serve.py` starts it.
"""

from __future__ import annotations

import asyncio
import csv
import importlib
import io
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from datasets.wording import counted
from launch.common.environment import ROOT
from trainables.core.outside import REMARKS

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MOST_BYTES = 32 * 2**20
"""Of one request: some 100,000 rows; a larger one would only hold up the others."""
MOST_COLUMNS = 10_000
"""Of a CSV: pandas takes minutes over a hundred thousand names."""
LONGEST_MESSAGE = 300
OUTSIDE, MOST_REMARKS = b"x-outside-training", 10
"""The header of an answer that names columns whose values lie outside all of training."""
MODEL_PATH = "__pyfunc_model_path__"
"""The variable that says to MLflow's server which model it serves."""


def command_of(model: Path, tracking_uri: str, host: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of a server for a logged model in a folder of its own."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": tracking_uri,
        MODEL_PATH: model.as_uri(),
    }
    server = [sys.executable, "-m", "uvicorn", f"{__name__}:app", "--log-level", "warning"]
    return [*server, "--host", host, "--port", str(port)], environment


class Guard:
    """An ASGI application around another one, to which no request of more than `most` bytes comes."""

    def __init__(self, app: Any, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await self._body(receive)
        if body is None:
            await answer(send, 413, f"the request is larger than {self.most / 2**20:g} MiB: send the rows in parts")
            return
        kind = dict(scope["headers"]).get(b"content-type", b"").lower()
        if scope["method"] == "POST" and not kind:
            await answer(send, 415, "the request has no Content-Type; give application/json or text/csv")
            return
        fault = await asyncio.to_thread(csv_fault, body) if kind.startswith(b"text/csv") else ""
        if fault:
            await answer(send, 400, fault)
            return
        parts = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def read() -> Message:
            return next(parts, None) or await receive()

        reply: list[Message] = []

        async def keep(message: Message) -> None:
            reply.append(message)

        remarks: list[str] = []
        REMARKS.set(remarks)  # of this request: each has a context of its own
        try:
            await self.app(scope, read, keep)
        except Exception:  # the model's own are caught inside: this one is of reading the request
            logging.getLogger(__name__).warning("a request that cannot be read", exc_info=True)
            await answer(send, 400, "the request cannot be read")
            return
        status = reply[0]["status"] if reply else 500
        if status < 400:
            if remarks:
                reply[0] = {**reply[0], "headers": [*reply[0]["headers"], (OUTSIDE, _header(remarks))]}
            for message in reply:
                await send(message)
            return
        await answer(
            send, status, _message(b"".join(message.get("body", b"") for message in reply[1:])), reply[0]["headers"]
        )

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole request, or None if it is too large; the rest of it is read and dropped."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            size += len(message.get("body", b""))
            if size <= self.most:
                parts.append(message.get("body", b""))
            else:
                parts.clear()
        return b"".join(parts) if size <= self.most else None


def csv_fault(body: bytes) -> str:
    """Why a CSV cannot be read as a table, or nothing: pandas would shift its columns and say nothing."""
    names = 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(body.decode(), newline=""), strict=True)):
            if not names and len(row) > MOST_COLUMNS:
                return f"the CSV has {counted(row, 'column')}, {MOST_COLUMNS:,} are allowed"
            names = names or len(row)
            if row and len(row) != names:
                return f"row {number} of the CSV has {counted(row, 'value')}, and its header {names} names"
    except (ValueError, csv.Error) as error:
        return f"the CSV cannot be read: {str(error)[:100]}"
    return "" if names else "the CSV is empty"


def _header(remarks: list[str]) -> bytes:
    """Remarks as a JSON list, in ASCII; of many the first."""
    return json.dumps([remark[:LONGEST_MESSAGE] for remark in remarks[:MOST_REMARKS]]).encode("ascii")


async def answer(send: Send, status: int, text: str, headers: Any = ()) -> None:
    """An error as JSON; of the headers only those that say what is allowed."""
    kept = [(name, value) for name, value in headers if name.lower() == b"allow"]
    body = json.dumps({"error_code": "BAD_REQUEST" if status < 500 else "INTERNAL_ERROR", "message": text}).encode()
    kept += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kept})
    await send({"type": "http.response.body", "body": body})


def _message(body: bytes) -> str:
    """What an error of MLflow says, without the request and the stack trace in it."""
    try:
        reply = json.loads(body)
        text = str(reply.get("message") or reply.get("detail"))
    except (ValueError, AttributeError):
        text = body.decode(errors="replace")
    if text.startswith("Failed to"):  # …predict data '…', …enforce schema of data '…': why, not what
        text = text.rpartition("Error: ")[2]
    text = text.partition("\nInput: ")[0]
    return " ".join(text.split())[:LONGEST_MESSAGE]


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(name)
    app = importlib.import_module("mlflow.pyfunc.scoring_server.app").app
    _read_csv_of_any_type(importlib.import_module("mlflow.pyfunc.scoring_server"))
    return Guard(app)


def _read_csv_of_any_type(server: Any) -> None:
    """Read a CSV as the texts that stand there for a model whose columns are of any type: MLflow refuses those."""
    from mlflow.types import DataType  # as MLflow's application above: the module itself needs no MLflow

    read = server.parse_csv_input
    if read.__module__ == __name__:  # the application is asked for more than once: this is done
        return

    def parse(csv_input: Any, schema: Any = None) -> Any:
        if schema is None or all(isinstance(kind, DataType) for kind in schema.input_types()):
            return read(csv_input, schema)
        names = schema.input_names()
        return read(csv_input, SimpleNamespace(input_names=lambda: names, pandas_types=lambda: ["string"] * len(names)))

    server.parse_csv_input = parse
