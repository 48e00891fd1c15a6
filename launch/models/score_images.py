"""Score a folder or an array of images with a model, and write the scores."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from datasets.errors import DataError
from datasets.images.rows import ImageRows
from launch.config.plan import Plan
from launch.models.scores_file import ScoresFile
from trainables.core.errors import InvalidInput
from trainables.core.serving import ServedModel


@dataclass
class ImageScores:
    """What scoring images came to.

    Attributes
    ----------
    images, anomalous : int
    probability_kind : str
    resized : int
        Files that were brought to the model's size.
    sizes : set of (h, w)
        The sizes that they had.
    """

    images: int = 0
    anomalous: int = 0
    probability_kind: str = ""
    resized: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)


def score_images(model: ServedModel, data: Path, target: Path, *, course: bool = False) -> ImageScores:
    """Score every image into a file with the columns ID, score, label, probability, probability_kind.

    Parameters
    ----------
    model : ServedModel
        Of images.
    data : Path
        A folder, an image file, or an array in a .npy or .npz file.
    target : Path
        A .csv or .parquet file.
    course : bool
        Only the columns ID and score, as the face homework wants them.

    Raises
    ------
    DataError
        If an image cannot be read or scored.
    """
    assert model.image_shape is not None
    rows, result = ImageRows(data, model.image_shape), ImageScores()
    with ScoresFile(target) as out:
        for names, images in rows:
            try:
                frame = model.predict(images)
            except InvalidInput as error:
                raise DataError(f"{data}, from {names[0]} on: {error}") from error
            frame.insert(0, "ID", names)
            result.images += len(frame)
            result.anomalous += int(frame["label"].sum())
            result.probability_kind = str(frame["probability_kind"].iloc[0])
            out.write(frame[["ID", "score"]] if course else frame)
        if not result.images:
            raise DataError(f"{data} holds no images")
    result.resized, result.sizes = rows.resized, rows.sizes
    return result


def score_unlabelled(plan: Plan, model: Path) -> Path | None:
    """Score the images that came without labels with the model trained on everything; None where there are none.

    Parameters
    ----------
    plan : Plan
    model : Path
        Folder of the model.

    Returns
    -------
    Path or None
        A CSV with the columns `ID` and `score`; higher is more anomalous.
    """
    shown, ids = getattr(plan.problem, "shown", None), getattr(plan.problem, "shown_ids", ())
    if shown is None or not len(shown):
        return None
    scores = ServedModel(model).score(shown)["score"]
    path = plan.home.study(plan.study, "scores.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "score"])
        writer.writerows(zip(ids, scores.tolist(), strict=True))
    return path
