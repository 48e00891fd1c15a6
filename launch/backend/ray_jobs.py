"""The job server of a Ray cluster: send a search, follow its log, ask how it stands, stop it."""

from __future__ import annotations

import logging
import os
import re
import secrets
import shlex
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from ray.exceptions import AuthenticationError
from ray.job_submission import JobSubmissionClient

from launch.backend import code_staging
from launch.backend.cluster import ensure_token, token_advice
from launch.backend.ray_private import JOB_LOGGERS
from launch.backend.submission import Submission
from launch.common import provenance
from launch.common.errors import UsageError
from launch.common.invocation import program
from launch.common.printing import print_line

T = TypeVar("T")

STOP_SECONDS = 90
"""Ray kills a job that was asked to stop after this; its own default of 3 s is too short to leave a record."""
REQUEST_SECONDS = 30.0
LONGEST_PAUSE = 30.0
LOG_SECONDS = 20.0
PATIENCE = 30 * 60.0
"""How long a cluster may be out of reach before following it is given up."""


class Unreachable(Exception):
    """The cluster did not answer."""


class Refused(UsageError):
    """The cluster does not take the token."""


class PatientClient(JobSubmissionClient):
    """Ray's client, except that it gives up on a connection that hangs."""

    def _do_request(self, *arguments: Any, **named: Any) -> Any:
        return super()._do_request(*arguments, timeout=REQUEST_SECONDS, **named)


@dataclass
class Jobs:
    """The jobs of one cluster."""

    address: str
    """URL of the job server."""
    client: Any
    """A `JobSubmissionClient`, or what behaves like it."""

    @classmethod
    def at(cls, address: str) -> Jobs:
        """Connect; `UsageError` if nothing answers there, or it does not take the token."""
        ensure_token()
        for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):  # they would win over the address given
            os.environ.pop(name, None)
        for name in JOB_LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            return cls(address, Jobs(address, None).ask(lambda: PatientClient(address)))
        except Unreachable as error:
            raise UsageError(
                f"no job server answers at {address} ({error}); --address takes the URL of the head's dashboard, "
                "port 8265 by default (ray start --head --dashboard-host)"
            ) from error

    def ask(self, question: Callable[[], T]) -> T:
        """Ask the cluster something; `Unreachable` if it does not answer, for now, `UsageError` if it refuses."""
        try:
            return question()
        except AuthenticationError as error:
            raise Refused(f"the cluster at {self.address} asks for a token: {token_advice()}") from error
        except (requests.RequestException, ConnectionError, TimeoutError, ValueError) as error:
            raise Unreachable(" ".join(str(error).split())[:200]) from error
        except RuntimeError as error:
            message = " ".join(str(error).split())
            if re.search(r"\bJob \S+ does not exist", message):  # Ray's own words: a gateway may say 404 to anything
                raise UsageError(
                    f"the cluster at {self.address} knows no such job; if its head was started anew, submit the search "
                    "again with its --resume NAME and --home: it goes on from its record"
                ) from error
            if "ray[default]" in message:
                raise UsageError("submitting needs more of Ray: pip install 'ray[default]'") from error
            raise Unreachable(message[:200]) from error  # 500 and the like: its head is busy or restarting

    def ask_once(self, question: Callable[[], T]) -> T:
        """As `ask`; a cluster that does not answer is a `UsageError`, too."""
        try:
            return self.ask(question)
        except Unreachable as error:
            raise UsageError(f"the cluster at {self.address} does not answer ({error}); try again later") from error

    def details(self, job: str) -> Any:
        """What the cluster knows of a job."""
        return self.ask_once(lambda: self.client.get_job_info(job))


def submit(jobs: Jobs, search: Submission, console: Any) -> str:
    """Send the code and the command; returns the job's id."""
    job = f"{search.name}-{secrets.token_hex(3)}"
    entry = shlex.join(["exec", "python", "launch/tune.py", *search.arguments, "--address", "auto"])
    variables = {**code_staging.environment(), "RAY_JOB_STOP_WAIT_TIME_S": str(STOP_SECONDS)}
    with tempfile.TemporaryDirectory(prefix="job-") as folder:
        size = code_staging.stage(Path(folder), search.files)
        (Path(folder) / code_staging.COMMIT).write_text(" ".join(map(str, provenance.commit())))
        beside = f" with {', '.join(path.name for path in search.files.values())}" if search.files else ""
        print_line(console, f"Sending {size / 1000:,.0f} KB of code{beside} to {jobs.address}.")
        try:
            jobs.ask(
                lambda: jobs.client.submit_job(
                    entrypoint=entry,
                    submission_id=job,
                    runtime_env={"working_dir": folder, "env_vars": variables},
                    metadata={"study": search.name, "home": search.home},
                )
            )
        except Unreachable as error:
            raise UsageError(
                f"{jobs.address} did not take the job ({error}); whether it runs: launch/submit.py --address "
                f"{jobs.address} --status {job}"
            ) from error
    print_line(console, f"Submitted {job}, study {search.name} in {search.home}.")
    return job


def follow(jobs: Jobs, job: str, console: Any) -> int:
    """Show a job's log until it ends; returns its exit code, and 130 where Ctrl-C detached.

    A lost connection is made anew; no line is shown twice or left out.
    An unknown job and a wrong token are a `UsageError`.
    """
    shown, pause, lost, ended, known = 0, 1.0, 0.0, False, False
    try:
        while True:
            try:
                details = jobs.ask(lambda: jobs.client.get_job_info(job))
                ended = details.status.is_terminal()
                log = jobs.ask(lambda: jobs.client.get_job_logs(job))  # after the state: nothing comes after an end
            except (Unreachable, Refused) as error:
                if isinstance(error, Refused) and not known:
                    raise  # once taken, it is a gateway that refuses, while the way to the cluster is lost
                if ended and lost > LOG_SECONDS:  # with the node that it ran on
                    _say(f"The end of its log cannot be read any more ({error}).")
                    return _end(details, job)
                if not lost:
                    _say(f"Connection lost ({error}); trying again. The search goes on there.")
                if lost > PATIENCE:
                    _say(f"Given up after {lost / 60:.0f} minutes.\n{ways(jobs, job)}")
                    return 1
                time.sleep(pause)
                lost, pause = lost + pause, min(2 * pause, LONGEST_PAUSE)
                continue
            if lost:
                _say("Connected again.")
            lost, pause, known = 0.0, 1.0, True
            shown = shown if len(log) >= shown else 0  # a job of that id began a new log
            console.file.write(log[shown:])
            console.file.flush()
            shown = len(log)
            if ended:
                return _end(details, job)
            time.sleep(1.0 + len(log) / 1e6)  # the whole log comes each time
    except KeyboardInterrupt:
        _say(f"\nLeft; the search goes on.\n{ways(jobs, job)}")
        return 130


def _end(details: Any, job: str) -> int:
    """The job's exit code; a last word where there is something to say."""
    state, code = str(details.status.value), details.driver_exit_code
    if state == "SUCCEEDED":
        return 0
    if state == "STOPPED":
        _say(f"{job} was stopped.")
        return 130
    if code is None:  # it never started, or its node was lost: the message is all there is
        message = " ".join(str(details.message or "no reason is known").split())[-500:]
        _say(f"{job} failed: {message}")
        return 1
    return int(code)


def stop(jobs: Jobs, job: str, console: Any) -> int:
    """Ask a job's search to stop, and wait until it has left its record."""
    details = jobs.details(job)
    if not details.status.is_terminal():
        jobs.ask_once(lambda: jobs.client.stop_job(job))
        print_line(console, f"Asked {job} to stop; it has {STOP_SECONDS} s to leave its record …")
        while not (details := jobs.details(job)).status.is_terminal():
            time.sleep(1.0)
    print_line(console, f"{status_line(details)}{_again(jobs, details)}")
    return 0


def status_line(details: Any) -> str:
    """How a job stands, in a line."""
    state = str(details.status.value).lower()
    begun = "" if not details.start_time else f", begun {_time(details.start_time)}"
    ended = "" if not details.end_time else f", ended {_time(details.end_time)}"
    code = "" if details.driver_exit_code is None else f", exit code {details.driver_exit_code}"
    study = (details.metadata or {}).get("study")
    return f"{details.submission_id}: {state}{begun}{ended}{code}" + (f", study {study}" if study else "")


def ways(jobs: Jobs, job: str) -> str:
    """The commands that go on from here."""
    line = f"  {program('launch/submit.py')} --address {jobs.address}"
    commands = "\n".join(f"{line} --{what} {job}" for what in ("follow", "status", "stop"))
    return f"To follow it, to see how it stands, to stop it:\n{commands}"


def _again(jobs: Jobs, details: Any) -> str:
    known = details.metadata or {}
    if "study" not in known:
        return ""
    resume = shlex.join(["--resume", known["study"], "--home", known["home"]])
    return f"\nTo go on:\n  {program('launch/submit.py')} --address {jobs.address} -- {resume}"


def _time(milliseconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1000))


def _say(text: str) -> None:
    """A word of ours, on standard error: the log alone is on standard output."""
    print(text, file=sys.stderr, flush=True)
