"""Who searches a study in a storage that several homes share: one process at a time.

The holder stands in the study itself, with a sign of life that changes every few seconds. Who finds another there
watches whether the sign changes: clocks of two machines are not compared. A lock file cannot do it, since the homes,
and the machines, may be different ones.
"""

from __future__ import annotations

import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import optuna
import psutil

from launch.common.errors import UsageError
from launch.study.storage import TROUBLE

ATTRIBUTE = "held_by"
BEAT = 4.0
"""Seconds between two signs of life."""
WATCH = 20.0
"""Seconds without a sign after which a holder is gone; one on this machine whose process has ended is gone at once."""
SETTLE = 0.5
"""Seconds in which two that claim a study at once see each other."""


class StudyLock:
    """Holds a study for this process until `release`; `UsageError` if another one searches it.

    `home` is what is said to others. `on_lost` is called, in another thread, when another process has taken the study,
    which it does where this one gave no sign for long, as after a machine slept.
    """

    def __init__(self, study: optuna.Study, home: str, on_lost: Callable[[str], None]) -> None:
        self.study, self.on_lost = study, on_lost
        self.own: dict[str, Any] = {
            "token": uuid.uuid4().hex, "host": platform.node(), "processes": _processes(), "pid": os.getpid(),
            "home": home, "since": time.strftime("%Y-%m-%d %H:%M:%S"), "beat": 0,
        }  # fmt: skip
        self._ended = threading.Event()
        self._claim()
        self._thread = threading.Thread(target=self._live, name="study-lock", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give the study free."""
        self._ended.set()
        self._thread.join()
        try:
            if self._holder().get("token") == self.own["token"]:
                self.study.set_user_attr(ATTRIBUTE, "")
        except TROUBLE:
            pass  # others see that the sign of life does not change

    def _holder(self) -> dict[str, Any]:
        """Who holds the study, as the storage has it now; empty if nobody does."""
        text = self.study.user_attrs.get(ATTRIBUTE, "")
        return dict(json.loads(text)) if text else {}

    def _write(self) -> None:
        self.study.set_user_attr(ATTRIBUTE, json.dumps(self.own))

    def _claim(self) -> None:
        other = self._holder()
        if other and self._lives(other):
            self._refuse(other)
        self._write()
        self._ended.wait(SETTLE)
        other = self._holder()
        if other.get("token") != self.own["token"]:
            self._refuse(other)

    def _lives(self, other: dict[str, Any]) -> bool:
        """Whether a holder gives a sign of life; of a process on this machine it is known at once that it is gone."""
        here = all(other[name] == self.own[name] for name in ("host", "processes"))
        if here and not psutil.pid_exists(other["pid"]):
            return False
        end = time.monotonic() + WATCH
        while time.monotonic() < end:
            self._ended.wait(min(1.0, WATCH / 10))
            now = self._holder()
            if not now:
                return False
            if (now["token"], now["beat"]) != (other["token"], other["beat"]):
                return True
        return False

    def _refuse(self, other: dict[str, Any]) -> None:
        who = f"process {other.get('pid')} on {other.get('host')} (home {other.get('home')})"
        raise UsageError(
            f"the study {self.study.study_name} is being searched by {who} since {other.get('since')}: wait for it or "
            f"end it there ({WATCH:.0f} seconds after its last sign of life the study is free), or take another --name"
        )

    def _live(self) -> None:
        """Give signs of life until the end, or until another has the study."""
        while not self._ended.wait(BEAT):
            try:
                other = self._holder()
                if other.get("token") != self.own["token"]:
                    self.on_lost(f"process {other.get('pid')} on {other.get('host')} (home {other.get('home')})")
                    return
                self.own["beat"] += 1
                self._write()
            except TROUBLE:
                pass  # the search itself says that its storage is away


def _processes() -> str:
    """Among which processes this one is: containers of one machine may not see each other's."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
