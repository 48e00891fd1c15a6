"""Before the first trial on a cluster: is every node the same, and does it see what it must?"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from rich.table import Table
from rich.text import Text

from datasets.wording import counted
from launch.backend import cluster, node_probe
from launch.backend.cluster import Node
from launch.common.errors import UsageError
from launch.common.redaction import shown

SECONDS = 60.0
"""How long a node may take to answer."""
FACTS, CHECKS = ("host", "address", "cores", "GPUs"), ("code", "storage", "data")
GOOD = ("the same", "shared", "sent", "answers")
"""How cells begin that stand in nobody's way."""
STORE_SHARE = 0.7
"""Of an object store, what the data may take: trials' results and Ray itself need the rest."""


@dataclass
class NodeReport:
    """What a node said."""

    node: Node
    name: str
    """How people call it."""
    problem: str = ""
    """What stands in the way of a search and how to mend it; empty where nothing does."""
    cells: dict[str, str] = field(default_factory=dict)
    """What the table shows, by column."""


@dataclass(frozen=True)
class Needs:
    """What trials need of every node."""

    storage: str
    """Path or URI where they keep their states."""
    data_bytes: int = 0
    """Size of what they share."""
    detector: str | None = None
    """Path of somebody's own detector."""
    tracking_uri: str = ""
    """Only a server is asked, and only a warning comes of it: the driver alone writes to it."""


def check(console: Any, needs: Needs) -> list[NodeReport]:
    """Ask every living node, show a table, and stop at what would break trials.

    `UsageError` names the first node that differs, what differs and the way out.
    """
    nodes = [node for node in cluster.nodes() if node.alive]
    server = _server(needs.tracking_uri)
    here, answers, crossed = _ask([node.id for node in nodes], needs, server)
    reports = [
        _report(node, _name(node, nodes), answers[node.id], here, crossed.get(node.id, ""), needs) for node in nodes
    ]
    console.print(table(reports, tracking=server is not None))
    wrong = [report for report in reports if report.problem]
    if wrong:
        others = f" ({len(wrong) - 1} more in the table)" if len(wrong) > 1 else ""
        raise UsageError(f"node {wrong[0].name}: {wrong[0].problem}{others}")
    return reports


def _ask(nodes: list[str], needs: Needs, server: str | None) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """What this machine says of itself, what every node says, and complaints of nodes about each other's files."""
    nonce, content = f".preflight-{secrets.token_hex(8)}", secrets.token_bytes(4096)
    names = {node: f"{nonce}/{node}" for node in nodes}
    driver = f"{nonce}/driver"
    try:
        try:
            node_probe.write(needs.storage, driver, content)
        except Exception as error:
            raise UsageError(
                f"--storage {shown(needs.storage)} cannot be written from this machine: {_message(error)}"
            ) from error
        here = node_probe.probe(needs.storage, driver, driver, content, needs.detector, None)
        arguments = {node: (needs.storage, driver, names[node], content, needs.detector, server) for node in nodes}
        answers = cluster.on_nodes(node_probe.probe, arguments, SECONDS)
        return here, answers, _crossed(needs.storage, content, names, answers)
    finally:
        with contextlib.suppress(Exception):
            files, root = node_probe.filesystem(needs.storage)
            files.delete_dir(f"{root}/{nonce}")


def _crossed(storage: str, content: bytes, names: dict[str, str], answers: dict[str, Any]) -> dict[str, str]:
    """Whether this machine, and another node, read what each node wrote; complaints by node."""
    wrote = [node for node, facts in answers.items() if isinstance(facts, dict) and not facts["storage"]]
    complaints: dict[str, str] = {}
    for node in wrote:
        try:
            seen = node_probe.read(storage, names[node]) == content
        except Exception:
            seen = False
        if not seen:
            complaints[node] = "this machine does not see what it wrote there"
    good = [node for node in wrote if node not in complaints]
    if len(good) > 1:
        neighbours = zip(good, good[1:] + good[:1], strict=True)
        places = {reader: (storage, names[writer]) for reader, writer in neighbours}
        for node, content_read in cluster.on_nodes(node_probe.read, places, SECONDS).items():
            if not isinstance(content_read, bytes) or content_read != content:
                complaints[node] = "it does not see what another node wrote there"
    return complaints


def _report(node: Node, name: str, answer: Any, here: dict[str, Any], crossed: str, needs: Needs) -> NodeReport:
    cores, gpus = f"{node.cores:g}", f"{node.gpus:g}"
    report = NodeReport(node, name)
    report.cells = {"host": node.hostname, "address": node.address, "cores": cores, "GPUs": gpus}
    if not isinstance(answer, dict):
        report.problem, report.cells["code"] = _no_answer(answer), "no answer"
        return report
    kinds = list(dict.fromkeys(answer["gpu_names"])) or list(node.gpu_names)
    if kinds and node.gpus:
        report.cells["GPUs"] = f"{gpus} ({', '.join(kinds)})"
    checks = {
        "code": _code(answer, here, needs.detector),
        "storage": _storage(answer, crossed, needs.storage),
        "data": _data(node, needs.data_bytes),
    }
    report.cells |= {column: text for column, (text, _) in checks.items()}
    report.problem = next((problem for _, problem in checks.values() if problem), "")
    if answer["tracking"] is not None:
        report.cells["tracking"] = f"not from here ({answer['tracking']})" if answer["tracking"] else "answers"
    return report


def _no_answer(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return f"{error}; see that it is not overloaded and reaches the head, or take it out of the cluster"
    return f"a first task failed there ({_message(error)}); see its raylet's log, or take it out of the cluster"


def _code(answer: dict[str, Any], here: dict[str, Any], detector: str | None) -> tuple[str, str]:
    differ = {
        package: version for package, version in here["versions"].items() if answer["versions"].get(package) != version
    }
    if differ:
        there = ", ".join(f"{package} {answer['versions'].get(package) or 'missing'}" for package in differ)
        ours = ", ".join(f"{package} {version or 'missing'}" for package, version in differ.items())
        pins = " ".join(
            f"{package}=={version}" for package, version in differ.items() if package != "Python" and version
        )
        way = f"pip install {pins}" if pins else f"start its Ray with Python {here['versions']['Python']}"
        return "other versions", f"it has {there}, and this machine {ours}; there: {way}"
    if answer["code"] is None:
        return "no", f"it cannot import this code ({answer['where']}); install the same environment there"
    if answer["code"] != here["code"]:
        way = "remove that copy or bring it up to date"
        return "another", f"it imports other code than this machine, from {answer['where']}; {way}"
    if detector is not None and answer["detector"] != here["detector"]:
        what = "has no" if answer["detector"] is None else "has another"
        way = "put it where every node sees it, or use launch/submit.py, which sends it along"
        return "no detector file", f"it {what} {detector}; {way}"
    return "the same", ""


def _storage(answer: dict[str, Any], crossed: str, storage: str) -> tuple[str, str]:
    problem = answer["storage"] or crossed
    if problem:
        way = "give --storage a path or bucket that every node shares"
        return "not shared", f"storage {shown(storage)}: {problem}; {way}"
    free = answer["free"]
    return "shared" if free is None else f"shared, {_size(free)} free", ""


def _data(node: Node, data_bytes: int) -> tuple[str, str]:
    if data_bytes > STORE_SHARE * node.store:
        return "too large", (
            f"its object store has {_size(node.store)}, too little for {_size(data_bytes)} of data; "
            f"start it anew: ray start --object-store-memory {2 * data_bytes}"
        )
    return "sent through the object store", ""


def _name(node: Node, nodes: list[Node]) -> str:
    """Host and address, and the start of its id where several nodes share a machine."""
    twins = sum((other.hostname, other.address) == (node.hostname, node.address) for other in nodes) > 1
    return f"{node.hostname} ({node.address})" + (f" {node.id[:6]}" if twins else "")


def table(reports: list[NodeReport], *, tracking: bool) -> Table:
    """The nodes as a table; what stands in the way is red."""
    columns = [*FACTS, *CHECKS, *(["tracking"] if tracking else [])]
    grid = Table(title=counted(reports, "node"), title_justify="left")
    for column in columns:
        grid.add_column(column, justify="right" if column == "cores" else "left")
    for report in reports:
        cells = [(column, report.cells.get(column, "-")) for column in columns]
        grid.add_row(*(Text(text, style=_style(column, text)) for column, text in cells))
    return grid


def _style(column: str, text: str) -> str:
    if column in FACTS:
        return ""
    return "green" if text.startswith(GOOD) else "yellow" if column == "tracking" else "red"


def _server(uri: str) -> str | None:
    """The address at which an MLflow server says that it is well; no secret of the URI is in it."""
    if not uri.startswith(("http://", "https://")):
        return None
    parts = urlsplit(uri)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))
    return f"{bare.rstrip('/')}/health"


def _message(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _size(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
