"""What may stand in a spool: one JSON object a line, of one of these forms.

`event` says which, `time` when it was logged (seconds), `key` of which run it is: `parent` (the search),
`trial-12`, `final`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class DataPart(TypedDict):
    """Rows that runs work with, as a dataset of MLflow: `part` is its name in this search, `context` what it is for.

    The digest is the same wherever the same rows of the same data are; source, schema and profile are JSON.
    """

    part: str
    context: str
    name: str
    digest: str
    source_type: str
    source: str
    schema: str
    profile: str


class _RunEvent(TypedDict):
    time: float
    key: str


class StartEvent(_RunEvent):
    """A run begins: the search (`parent`, with its experiment and all parts of its data), or a run within it.

    `inputs` names the parts that the run works with.
    """

    event: Literal["parent", "run"]
    name: str
    tags: dict[str, Any]
    params: NotRequired[dict[str, Any]]
    experiment: NotRequired[str]
    search_id: NotRequired[str]
    data: NotRequired[list[DataPart]]
    inputs: NotRequired[list[str]]


class MetricsEvent(_RunEvent):
    """Rows of metrics; a `round` in a row is the step of the others."""

    event: Literal["metrics"]
    rows: list[dict[str, Any]]


class RoundsEvent(_RunEvent):
    """Rows of metrics that the store does not get: those of a search of very many trials, for who goes on with it."""

    event: Literal["rounds"]
    rows: list[dict[str, Any]]


class TagsEvent(_RunEvent):
    """Tags; a later one replaces an earlier one of the same name."""

    event: Literal["tags"]
    tags: dict[str, Any]


class EndEvent(_RunEvent):
    """A run ends."""

    event: Literal["end"]
    status: str


class ReopenEvent(_RunEvent):
    """A run that has ended, or was left open by a killed process, goes on."""

    event: Literal["reopen"]


class ArtifactEvent(_RunEvent):
    """A file to upload, into a folder of the run's artifacts if one is named."""

    event: Literal["artifact"]
    path: str
    folder: NotRequired[str | None]


class ModelEvent(_RunEvent):
    """A model folder to log under a run and to register as the champion of a name.

    `features` are its columns and `kinds` their types (all doubles without), `image` the shape of a row that is
    an image, `outputs` the types of what it predicts by name.
    """

    event: Literal["model"]
    path: str
    name: str
    features: list[str]
    kinds: NotRequired[list[str] | None]
    image: NotRequired[list[int] | None]
    outputs: dict[str, str]
    example: list[Any]
    requirements: list[str]
    description: str
    metadata: dict[str, str]
    tags: NotRequired[dict[str, str]]


class CloseEvent(TypedDict):
    """The search closes its spool: the parent ends with a status, runs that are open are killed."""

    event: Literal["close"]
    time: float
    status: str


Event = (
    StartEvent
    | MetricsEvent
    | RoundsEvent
    | TagsEvent
    | EndEvent
    | ReopenEvent
    | ArtifactEvent
    | ModelEvent
    | CloseEvent
)
