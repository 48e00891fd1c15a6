"""Ask a scoring server in this process, as an HTTP client would."""

from __future__ import annotations

import asyncio
from typing import Any


def ask(
    app: Any, body: bytes, kind: str = "", *, method: str = "POST", path: str = "/invocations", parts: int = 1
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, headers and body of the answer to a request whose body, of that content type, comes in parts."""
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
             "raw_path": path.encode(), "query_string": b"", "scheme": "http", "root_path": "",
             "headers": [(b"content-type", kind.encode())] if kind else [],
             "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2)}  # fmt: skip
    size = -(-max(1, len(body)) // parts)
    cut = [body[i : i + size] for i in range(0, max(1, len(body)), size)]
    messages = [{"type": "http.request", "body": b, "more_body": i < len(cut) - 1} for i, b in enumerate(cut)]
    messages.append({"type": "http.disconnect"})
    answered: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def keep(message: dict[str, Any]) -> None:
        answered.append(message)

    asyncio.run(app(scope, receive, keep))
    return answered[0]["status"], dict(answered[0]["headers"]), b"".join(m.get("body", b"") for m in answered[1:])
