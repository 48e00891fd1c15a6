"""Score a folder or an array of images with a model, and write the scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from datasets.errors import DataError
from datasets.images.folders.rows import ImageRows
from launch.config.plan import Plan
from launch.models.highest_rows import HighestRows
from launch.models.scores_file import Scores, scores_file
from trainables.core.errors import InvalidInput
from trainables.core.serving import ServedModel


@dataclass
class ImageScores(Scores):
    """What scoring images came to.

    `sizes` are those of the files that were brought to the model's size; `said` is what else is to be told of files.
    """

    resized: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)
    said: list[str] = field(default_factory=list)


def score_images(
    model: ServedModel, data: Path, target: Path, *, course: bool = False, top: int | None = None
) -> ImageScores:
    """Score every image of a folder, an image file, or an array in a .npy or .npz file.

    Written are the columns ID, score, label, probability, probability_kind; with `course` ID and score alone, as the
    face homework wants them; of `top` so many with the highest scores alone, highest first.

    Raises
    ------
    DataError
        If an image cannot be read or scored.
    """
    assert model.image_shape is not None
    rows, result = ImageRows(data, model.image_shape), ImageScores()
    highest = None if top is None else HighestRows(top)
    with scores_file(target) as write:
        for names, images in rows:
            try:
                frame = model.predict(images)
            except InvalidInput as error:
                raise DataError(f"{data}, from {names[0]} on: {error}") from error
            frame.insert(0, "ID", names)
            result.count(frame)
            if highest is None:
                write(frame[["ID", "score"]] if course else frame)
            else:
                highest.add(frame)
        if not result.rows:
            raise DataError(f"{data} holds no images")
        if highest is not None:
            result.highest = highest.scored
            write(result.highest)
    result.resized, result.sizes = rows.resized, rows.sizes
    result.said = [*rows.odd.lines(data), *filter(None, [rows.aside])]
    return result


def score_unlabelled(plan: Plan, model: Path) -> Path | None:
    """Score the images that came without labels with the model trained on everything; None where there are none.

    Returns the path of a CSV with the columns `ID` and `score`; higher is more anomalous.
    """
    shown, ids = plan.problem.shown, plan.problem.shown_ids
    if shown is None or not len(shown) or plan.problem.modality != "image":
        return None
    path = plan.home.study(plan.study, "scores.csv")
    scores = pd.DataFrame({"ID": list(ids), "score": ServedModel(model).score(shown)["score"]})
    scores.to_csv(path, index=False, lineterminator="\r\n")
    return path
