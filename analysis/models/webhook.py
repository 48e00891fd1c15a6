"""News for people who watch a model from a chat program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from launch.common.errors import UsageError

SECONDS = 10


class NotDelivered(RuntimeError):
    """The receiver did not take the news."""


def checked(url: str | None) -> str | None:
    """The address as it is; a UsageError before any work if nothing can be sent there."""
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError("--webhook: give an address that begins with https:// or http://")
    return url


def post(url: str, news: Mapping[str, Any]) -> None:
    """POST a JSON object whose `text` people read. The address is a secret: no message shows it.

    Raises
    ------
    NotDelivered
        If the receiver is away, slow, or answers with an error.
    """
    try:
        answer = requests.post(url, json=dict(news), timeout=SECONDS)
    except requests.RequestException as error:
        raise NotDelivered(f"the webhook was not reached: {type(error).__name__}") from None
    if not answer.ok:
        raise NotDelivered(f"the webhook answered {answer.status_code}")
