"""What is left of a search that was killed again and again, held against what must be left of it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from tests.faults import work, workload
from tests.faults.undisturbed import EXACT, Undisturbed
from tests.launch.conftest import Store

SECONDS = 5.0
"""So much work, or one report if that is longer, may be lost of a running trial at each kill."""
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
TRACKED = ("val_auroc", "val_ap", "val_f1", "val_score", "loss_fit", "fit_seconds", "predict_seconds")
KINDS = (
    "lost trials", "doubled trials", "foreign runs", "wrong states", "running", "failed trials",
    "missing rounds", "doubled rounds", "wrong values", "changed rounds", "changed confirmations",
    "changed trials", "worse best", "doubled configurations", "published", "parents", "finals",
    "late work", "stray checkpoints", "unreadable", "orphans", "unfinished",
)  # fmt: skip


class Database(Store):
    """An MLflow database whose writer may have been killed in the middle of a transaction: reading rolls that back."""

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=rw", uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()


@dataclass(frozen=True)
class Kill:
    """A SIGKILL: of what (`driver`, `worker`, `node`, `writer`), in which phase, when."""

    kind: str
    phase: str
    time: float


@dataclass(frozen=True)
class Seen:
    """What the study held right after a kill: state, score and number of rounds of ended trials."""

    ended: dict[int, tuple[str, float | None, int]]

    @property
    def best(self) -> float:
        """The best complete score."""
        found = [score for state, score, _ in self.ended.values() if state == "complete" and score is not None]
        return max(found, default=-float("inf"))


@dataclass
class Case:
    """A search and what was done to it."""

    home: Path
    name: str
    work: Path
    checkpoints: Path
    problem: Any
    asked: int
    seed: int
    kills: list[Kill] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    conclusions: int = 1


@dataclass
class Audit:
    """Counts for the table, and every loss in words, by kind."""

    searches: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    trials: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    lives: int = 0
    touched: int = 0
    redone: int = 0
    half_done: int = 0
    worst_seconds: float = 0.0
    given_up: int = 0
    losses: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    @property
    def clean(self) -> bool:
        """Whether nothing was lost."""
        return not any(self.losses.values())

    @property
    def words(self) -> str:
        """Every loss, a line each."""
        return "\n".join(f"{kind}: {one}" for kind, found in self.losses.items() for one in found)

    def add(self, other: Audit) -> None:
        """Take another search's audit into this one."""
        for name in ("kills", "phases", "trials"):
            getattr(self, name).update(getattr(other, name))
        for name in ("searches", "rounds", "lives", "touched", "redone", "half_done", "given_up"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.worst_seconds = max(self.worst_seconds, other.worst_seconds)
        for kind, found in other.losses.items():
            self.losses[kind] += found

    def table(self) -> str:
        """As people read it."""
        rows = [
            ("searches", self.searches),
            *((f"kills of a {kind}", n) for kind, n in sorted(self.kills.items())),
            *((f"  {phase}", n) for phase, n in sorted(self.phases.items())),
            *((f"trials {state}", n) for state, n in sorted(self.trials.items())),
            ("rounds on record", self.rounds),
            ("lives of trials", self.lives),
            ("trials cut short while running", self.touched),
            ("rounds done again", self.redone),
            ("rounds under way when killed", self.half_done),
            ("trials given up after four losses", self.given_up),
            ("most seconds of work lost at once", f"{self.worst_seconds:.2f}"),
            *((f"LOST {kind}", len(found)) for kind, found in self.losses.items()),
        ]
        return "\n".join(f"{name:36s} {value:>8}" for name, value in rows)

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {k: dict(v) if isinstance(v, Counter) else v for k, v in vars(self).items()}


def journal_of(home: Path, name: str) -> Path:
    """The journal of a study."""
    return home / "studies" / f"{name}.journal"


def trials_in(journal: Path) -> list[optuna.trial.FrozenTrial]:
    """The trials in the whole lines of a journal that somebody may be writing; none if there is no study yet."""
    data = journal.read_bytes() if journal.exists() else b""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        copy.write_bytes(data[: data.rfind(b"\n") + 1])
        store = optuna.storages.JournalStorage(JournalFileBackend(str(copy)))
        studies = store.get_all_studies()
        return store.get_all_trials(studies[0]._study_id) if studies else []


def attributes_in(journal: Path) -> dict[str, Any]:
    """The user attributes of a study."""
    store = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    return store.get_study_user_attrs(store.get_all_studies()[0]._study_id)


def state_of(trial: optuna.trial.FrozenTrial) -> str:
    """The state in our words."""
    if trial.user_attrs.get("failure") == "interrupted":
        return "interrupted"
    return STATES.get(trial.state, "running")


def look(home: Path, name: str) -> Seen:
    """What the study holds now, whoever writes it."""
    return Seen(
        {
            t.number: (state_of(t), t.user_attrs.get("score"), len(t.user_attrs.get("history", ())))
            for t in trials_in(journal_of(home, name))
            if t.state.is_finished()
        }
    )


def audit(case: Case) -> Audit:
    """Hold study, MLflow, work log, checkpoints and files of a search against each other."""
    found = Audit(searches=1, kills=Counter(k.kind for k in case.kills))
    found.phases.update(f"{k.kind} {k.phase}" for k in case.kills if k.phase)
    found.losses["orphans"] += case.orphans
    found.losses["unfinished"] += case.unfinished
    _files(case, found)
    if found.losses["unreadable"]:
        return found
    attributes = attributes_in(journal_of(case.home, case.name))
    trials = trials_in(journal_of(case.home, case.name))
    exact = Undisturbed(case.problem, case.seed, attributes["metric"], attributes["max_rounds"])
    _study(case, trials, exact, found)
    _conclusion(case, exact, found)
    _mlflow(case, attributes["search_id"], trials, found)
    _work(case, trials, exact.rows, found)
    return found


def _files(case: Case, found: Audit) -> None:
    for path in (journal_of(case.home, case.name), case.home / "studies" / f"{case.name}.spool.jsonl"):
        try:
            data = path.read_bytes()
            if not data.endswith(b"\n"):
                raise ValueError("half a line at its end")
            for line in data.splitlines():
                json.loads(line)
        except (OSError, ValueError) as error:
            found.losses["unreadable"].append(f"{path.name}: {error}")
    left = sorted(case.checkpoints.glob("**/*"))
    found.losses["stray checkpoints"] += [f"{case.name}: {path.relative_to(case.checkpoints)}" for path in left]
    if not _summary(case).is_file():
        found.losses["unfinished"].append(f"{case.name} has no summary")


def _summary(case: Case) -> Path:
    return case.home / "studies" / f"{case.name}.summary.json"


def _conclusion(case: Case, exact: Undisturbed, found: Audit) -> None:
    """Confirmations were cut short and gone on with, too: each finalist came to what it comes to in one go."""
    if not _summary(case).is_file():
        return
    for one in json.loads(_summary(case).read_text())["finalists"]:
        told = one["validation"]["confirmed"]
        mean = exact.confirmed(one["config"], max(1, told["splits"]))
        if told["mean"] is None or abs(told["mean"] - mean) > 1e-12:
            words = f"{case.name} trial {one['trial']}: {told['mean']} in place of {mean}"
            found.losses["changed confirmations"].append(words)


def _study(case: Case, trials: Sequence[Any], exact: Undisturbed, found: Audit) -> None:
    lost = found.losses
    states = {t.number: state_of(t) for t in trials}
    found.trials.update(states.values())
    counted = [t for t in trials if states[t.number] != "interrupted"]
    if len(counted) != case.asked:
        kind = "lost trials" if len(counted) < case.asked else "doubled trials"
        lost[kind].append(f"{case.name}: the study has {len(counted)} trials of {case.asked}")
    configs = Counter(json.dumps(t.user_attrs.get("config"), sort_keys=True) for t in counted)
    lost["doubled configurations"] += [f"{case.name}: {config}" for config, n in configs.items() if n > 1]
    published = [t.number for t in counted if t.user_attrs.get("origin") == "report"]
    if len(published) != 1:
        lost["published"].append(f"{case.name}: tried as trials {published}")
    for t in trials:
        where = f"{case.name} trial {t.number}"
        history = t.user_attrs.get("history", [])
        found.rounds += len(history)
        if states[t.number] == "running":
            lost["running"].append(f"{where} is running in the study")
            continue
        if states[t.number] == "failed" and _given_up(case, t):
            found.given_up += 1
        elif states[t.number] == "failed":
            lost["failed trials"].append(f"{where}: {t.user_attrs.get('failure_message')}")
        if [row["round"] for row in history] != list(range(1, len(history) + 1)):
            lost["missing rounds"].append(f"{where}: the study has rounds {[row['round'] for row in history]}")
        elif states[t.number] == "complete" and len(history) != exact.rounds:
            lost["missing rounds"].append(f"{where}: complete after {len(history)} rounds of {exact.rounds}")
        else:
            _compare(where, history, exact.history(t.user_attrs["config"], len(history)), lost)
    for seen in case.seen:
        for number, before in seen.ended.items():
            now = next((_brief(t) for t in trials if t.number == number), None)
            if now != before:
                lost["changed trials"].append(f"{case.name} trial {number}: {before} became {now}")
    last = Seen({t.number: _brief(t) for t in trials if t.state.is_finished()}).best
    lost["worse best"] += [f"{case.name}: {seen.best} became {last}" for seen in case.seen if seen.best > last]


def _given_up(case: Case, trial: Any) -> bool:
    """Whether a trial lost its worker four times one after another, with no new round in between.

    It has failed then by what a search promises: it may be what kills its workers.
    """
    from launch.backend.searcher import LOSSES  # here, since Ray looks at its environment when it is imported

    starts = 0
    for event in _events(case.home / "studies" / f"{case.name}.spool.jsonl"):
        if event.get("key") == f"trial-{trial.number}":
            new = event["event"] == "metrics" and any("val_score" in row for row in event["rows"])
            starts = 0 if new else starts + (event["event"] in ("run", "reopen"))
    return trial.user_attrs.get("failure") == "worker_lost" and starts >= LOSSES


def _brief(trial: Any) -> tuple[str, float | None, int]:
    return state_of(trial), trial.user_attrs.get("score"), len(trial.user_attrs.get("history", ()))


def _compare(where: str, history: Sequence[Any], exact: Sequence[Any], lost: dict[str, list[str]]) -> None:
    for row, same in zip(history, exact, strict=True):
        differ = [name for name in EXACT if row.get(name) != same[name]]
        if differ:
            lost["changed rounds"].append(f"{where} round {row['round']}: {', '.join(differ)} differ")


def _mlflow(case: Case, search_id: str, trials: Sequence[Any], found: Audit) -> None:
    lost = found.losses
    runs = [r for r in Database(case.home / "mlflow.db").runs().values() if r["tags"].get("study") == case.name]
    ours = [r for r in runs if r["tags"].get("search_id") == search_id]
    lost["foreign runs"] += [f"{case.name}: run {r['name']} is of another search" for r in runs if r not in ours]
    lost["running"] += [f"{case.name}: run {r['name']} is RUNNING" for r in ours if r["status"] == "RUNNING"]
    for kind, place, wanted in (("search", "parents", 1), ("final", "finals", case.conclusions)):
        some = [r for r in ours if r["tags"]["kind"] == kind]
        statuses = [r["status"] for r in some]
        if statuses != ["FINISHED"] * wanted:
            lost[place].append(f"{case.name}: {kind} runs are {statuses}, wanted {wanted} FINISHED")
        if kind == "final" and any("test_tuned_ap" not in r["metrics"] for r in some):
            lost[place].append(f"{case.name}: a final run has no test figures")
        for r in some if kind == "final" else ():  # the parent takes the figures of each conclusion
            values = {name: {value for _, value in rows} for name, rows in r["metrics"].items()}
            twice = sorted(name for name, found in values.items() if name.startswith("test_") and len(found) > 1)
            if twice:
                lost["wrong values"].append(f"{case.name}: {r['name']} has several values of {', '.join(twice)}")
    by_number: dict[int, list[Any]] = {}
    for r in ours:
        if r["tags"]["kind"] == "trial":
            by_number.setdefault(int(r["tags"]["trial_number"]), []).append(r)
    numbers = {t.number for t in trials}
    lost["foreign runs"] += [f"{case.name}: trial {n} is not in the study" for n in by_number if n not in numbers]
    for t in trials:
        same = by_number.get(t.number, [])
        if not same:
            lost["lost trials"].append(f"{case.name} trial {t.number} is not in MLflow")
        if len(same) > 1:
            lost["doubled trials"].append(f"{case.name} trial {t.number} is {len(same)} times in MLflow")
        for r in same:
            _run(f"{case.name} trial {t.number}", t, r, lost)


def _run(where: str, trial: Any, run: dict[str, Any], lost: dict[str, list[str]]) -> None:
    state = state_of(trial)
    told = "failed" if state == "interrupted" else state
    if run["status"] != STATUS.get(state, "RUNNING") or run["tags"].get("state") != told:
        lost["wrong states"].append(f"{where}: {state}, in MLflow {run['status']} and {run['tags'].get('state')}")
    if json.loads(run["tags"]["config"]) != trial.user_attrs.get("config"):
        lost["wrong values"].append(f"{where}: another configuration in MLflow")
    history = trial.user_attrs.get("history", [])
    for name in TRACKED:
        steps = Counter(step for step, _ in run["metrics"].get(name, []))
        missing = [row["round"] for row in history if not steps[row["round"]]]
        more = sorted(step for step, n in steps.items() if n > 1 or not 1 <= step <= len(history))
        if missing:
            lost["missing rounds"].append(f"{where}: {name} of rounds {missing} is not in MLflow")
        if more:
            lost["doubled rounds"].append(f"{where}: {name} of rounds {more} is in MLflow once too often")
        values = dict(run["metrics"].get(name, []))
        column = name.removeprefix("val_")
        wrong = [row["round"] for row in history if values.get(row["round"], row[column]) != row[column]]
        if wrong:
            lost["wrong values"].append(f"{where}: {name} of rounds {wrong} is another in MLflow")


def _work(case: Case, trials: Sequence[Any], rows: int, found: Audit) -> None:
    by_config = work.lives(work.read(case.work), case.seed, rows)
    reports = _reports(case.home / "studies" / f"{case.name}.spool.jsonl")
    kills = [kill.time for kill in case.kills if kill.kind != "writer"]
    for t in trials:
        if "config" not in t.user_attrs:
            continue
        lives = by_config.get(workload.name_of(t.user_attrs["config"]), [])
        found.lives += len(lives)
        done = {n for life in lives for n in life.ended}
        short = [row["round"] for row in t.user_attrs.get("history", []) if row["round"] not in done]
        if short:
            found.losses["wrong values"].append(f"{case.name} trial {t.number}: rounds {short} were never done")
        limit = max(SECONDS, work.longest_report(lives, reports.get(t.number, [])))
        found.touched += max(0, sum(bool(life.started) for life in lives) - 1)
        for loss in work.losses(t.number, lives, kills):
            found.redone += len(loss.rounds)
            found.half_done += loss.half
            found.worst_seconds = max(found.worst_seconds, loss.seconds)
            if loss.seconds > limit:
                found.losses["late work"].append(
                    f"{case.name} trial {t.number}: {loss.seconds:.2f} s at {loss.time:.2f}, rounds {loss.rounds}"
                )


def _reports(spool: Path) -> dict[int, list[list[int]]]:
    """The rounds of each report of each trial."""
    found: dict[int, list[list[int]]] = {}
    for event in _events(spool):
        if event["event"] == "metrics" and event["key"].startswith("trial-"):
            rounds = [row["round"] for row in event["rows"] if "val_score" in row]
            if rounds:
                found.setdefault(int(event["key"].removeprefix("trial-")), []).append(rounds)
    return found


def _events(spool: Path) -> Iterable[dict[str, Any]]:
    return (json.loads(line) for line in spool.read_bytes().splitlines())
