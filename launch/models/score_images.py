"""Score a folder or an array of images with a model, and write the scores."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets.errors import DataError
from datasets.images.rows import ImageRows
from launch.common.errors import UsageError
from launch.config.plan import Plan
from launch.models.scores_file import RowsOut
from trainables.core.errors import InvalidInput
from trainables.core.serving import ServedModel


@dataclass
class Scored:
    """What came out.

    Attributes
    ----------
    images, anomalous : int
    kind : str
        Of probability.
    resized : int
        Files that were brought to the model's size.
    sizes : set of (h, w)
        The sizes that they had.
    """

    images: int = 0
    anomalous: int = 0
    kind: str = ""
    resized: int = 0
    sizes: set[tuple[int, int]] = field(default_factory=set)


def target_of(data: Path, output: Path | None) -> Path:
    """The file to write: beside the images unless told otherwise.

    Raises
    ------
    UsageError
        If it cannot be one.
    """
    target = output or data.resolve().parent / f"{data.resolve().stem}.scores.csv"
    if target.suffix not in (".csv", ".parquet") or target.is_dir() or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv or .parquet file in a folder that exists")
    return target


def score_images(model: ServedModel, data: Path, target: Path, *, course: bool = False) -> Scored:
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
    rows, done = ImageRows(data, model.image_shape), Scored()
    with RowsOut(target) as out:
        for names, images in rows:
            try:
                frame = model.predict(images)
            except InvalidInput as error:
                raise DataError(f"{data}, from {names[0]} on: {error}") from error
            frame.insert(0, "ID", names)
            done.images += len(frame)
            done.anomalous += int(frame["label"].sum())
            done.kind = str(frame["probability_kind"].iloc[0])
            out.write(frame[["ID", "score"]] if course else frame)
    if not done.images:
        raise DataError(f"{data} holds no images")
    done.resized, done.sizes = rows.resized, rows.sizes
    return done


def say(model: ServedModel, done: Scored, target: Path, console: Any) -> None:
    """What a person is told."""
    from launch.models.model_folder import origin

    words = {"highlight": False, "soft_wrap": True, "markup": False}
    console.print(f"Model: {origin(model.meta)}", **words)
    if done.resized:
        assert model.image_shape is not None
        h, w, _ = model.image_shape
        some = ", ".join(f"{a} x {b}" for a, b in sorted(done.sizes)[:3]) + (", …" if len(done.sizes) > 3 else "")
        text = f"{done.resized:,} of {done.images:,} images had another size ({some}): resized to {h} x {w}"
        console.print(text, style="yellow", **words)
    console.print(
        f"{done.images:,} images scored, {done.anomalous:,} labelled anomalous (score >= {model.threshold:.6g}); "
        f"probability is {done.kind}. Written: {target}",
        **words,
    )


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
