"""What of which data a command asks for: enough to make the same problem again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets import remote
from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.formats import is_called_a_table, stem
from datasets.images import names

if TYPE_CHECKING:
    from trainables.components.augment import Augmentation

OF_DATASET = "dataset"
DECIMALS, THOUSANDS = (".", ","), (",", ".", "space", "'", "none")
DATE_ORDERS = ("day", "month", "year")
DUPLICATES = ("group", "drop", "keep")
OF_A_FILE = (
    "encoding", "sheet", "no_labels", "all_normal", "alarm_rate", "label_column", "positive", "normal", "unlabelled",
    "group_column", "time_column", "type_column", "categorical", "numeric", "drop", "trend", "decimal", "thousands",
    "date_order",
)  # fmt: skip
"""What can only be said of a table of one's own."""


@dataclass(frozen=True)
class Request:
    """A dataset, how it is read, how it is split, and what of its labels training may see.

    Parameters
    ----------
    dataset : str
        A name in the catalogue, or the path of a table.
    protocol : str, optional
        None takes the dataset's default.
    outer_split : int
    encoding, sheet : str, optional
        Of a text file, of an Excel workbook; None finds it.
    label_column, group_column, time_column, type_column : str, optional
        Columns of a table that are no features: the label; what must not stand on both sides
        of a split; when a row was made; what kind of anomaly it is.
    positive, normal : tuple of str
        Label values that are anomalies; that are normal.
    unlabelled : tuple of str
        Label values of rows without a label, beside empty cells and words for it.
    no_labels, all_normal : bool
        Whether no column holds labels; whether every row is normal, too.
    alarm_rate : float, optional
        Where no anomaly is labelled: share of rows that the threshold flags; None is 0.01.
    unseen : tuple of str
        Kinds of anomaly that stand in the test rows alone.
    duplicates : {"group", "drop", "keep"}, optional
        What becomes of equal rows; None takes the protocol's way.
    categorical, numeric, drop : tuple of str
        Columns of a table to take for texts, for numbers, or to leave out.
    trend : tuple of str
        Columns of dates of which the date itself is a feature, too, beside its places in a day, a week, a year.
    missing : tuple of str
        Texts that stand for a missing value.
    decimal : {".", ","}, optional
        The decimal mark of numbers that are texts; None finds it.
    thousands : {",", ".", "space", "'", "none"}, optional
        What groups their thousands; None finds it.
    date_order : {"day", "month", "year"}, optional
        What comes first in dates in digits; None finds it.
    scale : str
        See `trainables.core.preprocessing.preprocessor.Preprocessor`.
    labelled_anomalies : int, optional
        How many anomalies training knows as such; None is all.
    contamination : float, optional
        Share of hidden anomalies among the other training rows; None leaves those that are there.
    augment : str
        What training changes of images at random, see `trainables.components.augment`; "dataset" is what
        the dataset declares.
    image_size : int, optional
        Height and width to which the images of a folder are brought.
    """

    dataset: str
    protocol: str | None = None
    outer_split: int = 0
    encoding: str | None = None
    sheet: str | None = None
    label_column: str | None = None
    positive: tuple[str, ...] = ()
    normal: tuple[str, ...] = ()
    unlabelled: tuple[str, ...] = ()
    no_labels: bool = False
    all_normal: bool = False
    alarm_rate: float | None = None
    group_column: str | None = None
    time_column: str | None = None
    type_column: str | None = None
    unseen: tuple[str, ...] = ()
    duplicates: str | None = None
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    trend: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    decimal: str | None = None
    thousands: str | None = None
    date_order: str | None = None
    scale: str = "standard"
    labelled_anomalies: int | None = None
    contamination: float | None = None
    augment: str = ""
    image_size: int | None = None

    def plain(self) -> dict[str, Any]:
        """What differs from the defaults, as plain values; the path of a file is absolute."""
        resolved = replace(self, dataset=absolute(self.dataset))
        default = Request(self.dataset)
        kept = {k: v for k, v in asdict(resolved).items() if k == "dataset" or v != getattr(default, k)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in kept.items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Request:
        """The request behind what `plain` returned."""
        known = {f.name for f in fields(cls)}
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items() if k in known}
        return cls(**given)

    @property
    def is_file(self) -> bool:
        """Whether the dataset is a table of the person's own."""
        return is_path(self.dataset)

    @property
    def is_images(self) -> bool:
        """Whether the dataset is one of images."""
        return names.parse(self.dataset) is not None

    @property
    def name(self) -> str:
        """What the record calls the dataset."""
        return dataset_name(self.dataset)

    @property
    def word(self) -> str | None:
        """Which class or kind of a dataset of images is meant, where one is said."""
        images = names.parse(self.dataset)
        return None if images is None else images.word

    def check(self) -> None:
        """Refuse what contradicts itself."""
        if not self.is_file:
            for name in OF_A_FILE:
                if getattr(self, name):
                    raise DataError(
                        f"`{name}` is for a table of your own; {self.dataset!r} is in the catalogue (`list`)"
                    )
        if self.no_labels or self.all_normal:
            self._check_label_free()
        if self.alarm_rate is not None and not 0 < self.alarm_rate < 0.5:
            raise DataError(f"`alarm_rate` must be above 0 and below 0.5, got {self.alarm_rate:g}")
        if self.is_images:
            self._check_images()
        elif self.augment or self.image_size is not None:
            raise DataError(f"`{'augment' if self.augment else 'image_size'}` is for images; {self.dataset} is a table")
        for field, marks in (("decimal", DECIMALS), ("thousands", THOUSANDS), ("date_order", DATE_ORDERS)):
            if getattr(self, field) not in (None, *marks):
                raise DataError(f"`{field}` {getattr(self, field)}: give one of {' '.join(marks)}")
        if self.decimal is not None and self.decimal == self.thousands:
            raise DataError(f"`decimal` and `thousands` cannot both be {self.decimal}")
        if self.duplicates is not None and self.duplicates not in DUPLICATES:
            raise DataError(f"`duplicates` {self.duplicates}: give one of {', '.join(DUPLICATES)}")
        if self.labelled_anomalies is not None and self.labelled_anomalies < 0:
            raise DataError(f"`labelled_anomalies` must be at least 0, got {self.labelled_anomalies}")
        if self.contamination is not None:
            if self.labelled_anomalies is None:
                raise DataError(
                    "`contamination` is the share of hidden anomalies: say `labelled_anomalies` too, 0 for none"
                )
            if not 0 <= self.contamination < 0.5:
                raise DataError(f"`contamination` must be at least 0 and below 0.5, got {self.contamination:g}")

    def _check_label_free(self) -> None:
        given = "all_normal" if self.all_normal else "no_labels"
        for name in ("label_column", "positive", "normal", "unlabelled", "type_column", "unseen", "labelled_anomalies"):
            if getattr(self, name) not in (None, ()):
                raise DataError(f"`{given}` and `{name}`: give one")

    def _check_images(self) -> None:
        for name in ("labelled_anomalies", "contamination", "duplicates"):
            if getattr(self, name) is not None:
                raise DataError(
                    f"`{name}` is for tables; one-class detectors of images train on the normal "
                    "class alone, and `protocol` balanced lets training know anomalies"
                )
        if self.unseen or self.scale != "standard":
            raise DataError(f"`{'unseen' if self.unseen else 'scale'}` is for tables, and {self.dataset} is of images")
        if self.image_size is not None and not 8 <= self.image_size <= 512:
            raise DataError(f"`image_size` must be between 8 and 512 pixels, got {self.image_size}")
        if self.augment != OF_DATASET:
            augmentation(self.augment)


def augmentation(text: str) -> Augmentation | None:
    """What `augment` means; a DataError with the nearest word otherwise."""
    from trainables.components.augment import Augmentation  # imports torch
    from trainables.core.errors import InvalidHyperparameter

    try:
        return Augmentation.parse(text)
    except InvalidHyperparameter as error:
        raise DataError(f"`augment` {text}: {error}") from error


def absolute(dataset: str) -> str:
    """A dataset by the name that means the same from any folder: paths of one's own are absolute."""
    dataset = remote.here(dataset)
    if remote.address(dataset) is not None:
        return dataset
    if is_path(dataset):
        return str(Path(dataset).expanduser().resolve())
    images = names.parse(dataset)
    if images is None or images.folder is None:
        return dataset
    return names.tasks(images)[0]


def dataset_name(dataset: str) -> str:
    """What the record calls a dataset: a catalogue's name, or what a file is called."""
    images = names.parse(dataset)
    if images is not None:
        return names.name_of(images)
    if not is_path(dataset):
        return dataset
    where = remote.address(dataset)
    name = names.safe(stem(Path(dataset).name if where is None else remote.name_of(where)), "table")
    return f"{name}-file" if name in CATALOG else name


def is_own(dataset: str) -> bool:
    """Whether a dataset is a table or a folder of images of the person's own."""
    images = names.parse(dataset)
    return is_path(dataset) if images is None else images.folder is not None


def gone(dataset: str) -> Path | None:
    """The path of own data that is not there."""
    dataset = remote.here(dataset)
    if not is_own(dataset) or remote.address(dataset) is not None:
        return None
    images = names.parse(dataset)
    path = Path(dataset).expanduser() if images is None else images.folder
    return None if path is None or path.exists() else path


def without_place(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A request as plain values without where its data lie, which may change while they stay the same."""
    dataset = str(plain["dataset"])
    if not is_own(dataset):
        return dict(plain)
    images = names.parse(dataset)
    return {**plain, "dataset": None if images is None else images.word}


def is_path(name: str) -> bool:
    """Whether a dataset is named by a file or folder: by its suffix, a folder in it, or since it is there."""
    if name.startswith("images:"):
        return False  # a folder of images, see `datasets.images.names`
    if is_called_a_table(name) or "/" in name or "\\" in name:
        return True
    return name not in CATALOG and names.parse(name) is None and Path(name).exists()
