"""Score rows with a registered model: `python launch/predict.py devnet-celeba new.csv`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from datasets import remote
from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line
from launch.config.data_options import Names
from launch.config.shared_options import FileOptions, ThresholdOptions, TrustOptions, data_dir


@dataclass(frozen=True)
class PredictOptions(ThresholdOptions, TrustOptions, FileOptions):
    """Write score, label and probability of every row.

    A higher score is more anomalous; the label is 1 at or above the threshold. The table is read in chunks, so it may
    be larger than memory.
    """

    TOPICS: ClassVar[dict[str, str]] = {"model": "What is written"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet-my new.csv", "every row, into new.scores.csv"),
        ("devnet-my new.csv --top 10", "the ten rows to look at first, and why"),
        (
            "devnet-my new.csv --keep customer,amount --threshold 2.2%",
            "two columns of the table, another threshold",
        ),
    )

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="DATA")]]
    """A table with the model's columns, as raw as those it was trained on: a file or a folder of parts. For images:
    a folder of image files of any size, one image, or an array in a .npy or .npz file."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where to write; .csv or .parquet. Default: DATA with .scores.csv, or with .top.csv."""
    top: Annotated[int | None, arg(metavar="N")] = None
    """Write and show the N most anomalous rows alone, highest first, up to 50 of them with the features that raise
    their scores. Default: every row, in its order."""
    keep: Names = ()
    """Write this column of the table, too, or several joined by commas. Repeatable. Columns that training left out as
    names of rows (id, serial number, …) are written anyway."""
    course: bool = False
    """Images: write the columns ID and score alone, as the face homework wants them."""
    explain: Annotated[str | None, arg(metavar="ROWS")] = None
    """Say which features make rows anomalous: row numbers from 0 (17,203), or `anomalies` for all labelled so, or with
    --top for those."""


def work(options: PredictOptions, console: Console) -> None:
    """Load, score chunk by chunk, write, and say what came out."""
    from launch.models import chosen_threshold, prediction, scores_file  # pandas and torch: --help does without
    from launch.models.loading import load_model

    explain = scores_file.ExplainRequest.parse(options.explain)
    wanted = scores_file.Wanted(explain, options.keep, options.top)
    ending = scores_file.SCORES if options.top is None else scores_file.TOP
    data, output = options.data, options.output
    if (where := remote.address(data)) is not None:
        data = Path(remote.here(where))
        if remote.address(data) is not None:
            data = remote.fetch(where, data_dir(None), console.print)
            output = output or Path(data.name).with_suffix(ending)
    if not data.exists():
        raise UsageError(f"there is no file or folder {data}")
    target = scores_file.target_of(data, output, ending)
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    model.threshold, said = chosen_threshold.chosen(options.threshold, model.meta)
    if options.threshold is not None:
        print_line(console, f"Threshold: {said}")
    if model.image_shape is not None:
        if explain.wanted or options.keep:
            raise UsageError("--explain and --keep are for tables; the pictures of a search show where images differ")
        if options.course and options.top is not None:
            raise UsageError("--course wants every image: leave out --top")
        prediction.predict_images(model, data, target, console, course=options.course, top=options.top)
        return
    if options.course:
        raise UsageError("--course is for models of images")
    prediction.predict_table(model, data, target, console, wanted, options)


main = partial(command.main, PredictOptions, work)


if __name__ == "__main__":
    sys.exit(main())
