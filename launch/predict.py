"""Score rows with a registered model: `python launch/predict.py devnet-celeba new.csv`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from datasets import remote
from launch.common import command
from launch.common.errors import UsageError
from launch.config.shared_options import FileOptions, TrustOptions, data_dir


@dataclass(frozen=True)
class PredictOptions(TrustOptions, FileOptions):
    """Write score, label and probability of every row.

    A higher score is more anomalous; the label is 1 at or above the model's threshold. The
    table is read in chunks, so it may be larger than memory. Example: predict.py devnet-celeba new.csv
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="DATA")]]
    """A table with the model's columns, as raw as those it was trained on: a file or a folder of parts. For images:
    a folder of image files of any size, one image, or an array in a .npy or .npz file."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where to write; .csv or .parquet. Default: DATA with .scores.csv."""
    course: bool = False
    """Images: write the columns ID and score alone, as the face homework wants them."""
    explain: Annotated[str | None, arg(metavar="ROWS")] = None
    """Say which features make rows anomalous: row numbers from 0 (17,203), or `anomalies` for all labelled so."""


def work(options: PredictOptions, console: Console) -> None:
    """Load, score chunk by chunk, write, and say what came out."""
    from launch.models import prediction, scores_file  # with pandas and torch, which --help does without
    from launch.models.loading import load_model

    request = scores_file.ExplainRequest.parse(options.explain)
    data, output = options.data, options.output
    if (where := remote.address(data)) is not None:
        data = Path(remote.here(where))
        if remote.address(data) is not None:
            data = remote.fetch(where, data_dir(None), console.print)
            output = output or Path(data.name)
            output = output if options.output else output.with_suffix(".scores.csv")
    if not data.exists():
        raise UsageError(f"there is no file or folder {data}")
    target = scores_file.target_of(data, output)
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    if model.image_shape is not None:
        if request.wanted:
            raise UsageError("--explain is for tables; the pictures of a search show where images differ")
        prediction.predict_images(model, data, target, console, course=options.course)
        return
    if options.course:
        raise UsageError("--course is for models of images")
    prediction.predict_table(model, data, target, console, request, options)


main = partial(command.main, PredictOptions, work)


if __name__ == "__main__":
    sys.exit(main())
