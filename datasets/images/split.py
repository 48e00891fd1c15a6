"""Cut a dataset of images by its protocol."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.images.cluster_sampling import stratified_by_clusters
from datasets.images.dataset import ImageDataset
from datasets.images.folders import pixel_masks
from datasets.images.problem import ImageProblem, Tasks
from datasets.images.protocols import ImageProtocol, find
from datasets.problems import deduplication
from datasets.problems.parts import Part
from datasets.problems.seal import Sealed
from datasets.wording import counted
from trainables.components.augment import Augmentation

Mask = NDArray[np.bool_]
FEWEST = 5
"""Images of a class below which a fifth of it says nothing."""


def prepare(
    dataset: ImageDataset,
    name: str,
    task: int | None = None,
    protocol: str | None = None,
    outer_split: int = 0,
    *,
    augment: Augmentation | None = None,
    request: Mapping[str, Any] | None = None,
) -> ImageProblem:
    """Development images in the open, test images sealed.

    Parameters
    ----------
    dataset : ImageDataset
    name : str
        What the record calls the dataset with its task.
    task : int, optional
        The normal class; None takes every class that may be normal in turn, one detector each.
    protocol : str, optional
        A name in `IMAGE_PROTOCOLS`.
    outer_split : int
        Which draw, where test images are drawn; with official test images alone it decides
        which normal images the final fits of `multimodal` get.
    augment, request
        As in `Part` and `Problem`.

    Raises
    ------
    DataError
        If the protocol does not fit, or a class has too few images.
    """
    rules = find(protocol, kinds=len(dataset.tasks) == 1)
    if outer_split < 0:
        raise DataError(f"outer split {outer_split} does not exist; pass 0 for the first one, or 1, 2, …")
    of = Tasks(dataset.tasks if task is None else (task,), dataset.class_names)
    order = np.argsort(dataset.classes, kind="stable")
    X, classes, official = dataset.X[order], dataset.classes[order], dataset.official_test[order]
    develop, test = _sides(rules, of, X, classes, official, deduplication.FIRST_SEED + outer_split)
    _enough(dataset, of, classes, develop, test)
    note = _note(rules, dataset, augment, X, develop & of.trainable(classes), test)
    labels = of.labels(classes)
    part = Part(
        X, of.columns(labels), anomaly_types=of.anomaly_types(classes), tasks=of.task_names, numbers=order
    )  # fmt: skip
    tested = part.take(test)
    if rules.balanced:
        members, balanced = (_as_many(X, classes, side, of) for side in (develop, test))
        labels[~(members | balanced)] = -1
        develop, tested = members.max(1), replace(tested, balanced=of.columns(balanced[test]))
    full = replace(part, y=of.columns(labels), normal_only=True, augment=augment)
    used = labels.max(1) >= 0
    masks = pixel_masks.of(dataset.masks, order[test], X.shape[1:3])
    record: dict[str, Any] = {
        "dataset": name,
        "sha256": dataset.sha256,
        "protocol": rules.name,
        "outer_split": outer_split,
    }
    problem = ImageProblem(
        **record,
        source=dataset.source,
        feature_names=(),
        note=note,
        counts={"rows": len(X), "duplicates_dropped": 0},
        development=full.take(develop),
        sealed=Sealed(tested, full if used.all() else full.take(used), record, masks),
        request=dict(request or {}),
        rules=rules,
        of=of,
        classes=classes[develop],
        full_classes=classes[used],
        shown=dataset.unlabelled,
        shown_ids=dataset.unlabelled_ids,
        made_up=dataset.made_up,
    )
    for side, part in problem.sides(tested).items():
        problem.counts[side] = {"rows": len(part), "anomalies": part.anomalies}
    if not rules.balanced:
        problem.counts["train"]["anomalies"] = 0  # those of one class are the normal images of another
    if len(of.normal) > 1:
        problem.counts["tasks"] = len(of.normal)
    return problem


def _sides(
    rules: ImageProtocol, of: Tasks, X: NDArray[Any], classes: NDArray[Any], official: Mask, seed: int
) -> tuple[Mask, Mask]:
    """Development and test images."""
    if not official.any():
        test = _together(X, deduplication.stratified_fifth(classes, seed))
        return ~test, test
    if not rules.left_over_is_test:
        return ~official, official
    if len(of.normal) > 1:
        raise DataError(f"`protocol` {rules.name} is for one normal class: name it, as in mnist:3")
    training = ~official
    fifth = np.zeros(len(classes), bool)
    fifth[training] = deduplication.stratified_fifth(classes[training], seed)
    normal = of.trainable(classes)
    # of the normal class four fifths stay to train on; of the others a fifth, to choose by
    develop = training & np.where(normal, ~fifth, fifth)
    return develop, ~develop


def _together(X: NDArray[Any], test: Mask) -> Mask:
    """The same sides, with the copies of an image where its first is: none stands on both."""
    digests = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in X]
    first: dict[bytes, int] = {}
    for i, digest in enumerate(digests):
        first.setdefault(digest, i)
    return test[[first[digest] for digest in digests]]


def _as_many(X: NDArray[Any], classes: NDArray[Any], side: Mask, of: Tasks) -> Mask:
    """For each task the images of its class on one side, and as many others, drawn from clusters of every class."""
    members = np.zeros((len(classes), len(of.normal)), bool)
    for k, task in enumerate(of.normal):
        normal, others = side & (classes == task), np.flatnonzero(side & (classes != task))
        n = min(int(normal.sum()), len(others))
        members[normal, k] = True
        members[others[stratified_by_clusters(X[others], classes[others], n, seed=deduplication.FIRST_SEED)], k] = True
    return members


def _enough(dataset: ImageDataset, of: Tasks, classes: NDArray[Any], develop: Mask, test: Mask) -> None:
    """Refuse what cannot be trained or measured."""
    for task in of.normal:
        normal, name = classes == task, dataset.class_names[task]
        count = int((normal & develop).sum())
        if count < FEWEST:
            raise DataError(
                f"{dataset.name}: class {name!r} has {counted(count, 'training image')}; at least {FEWEST} are needed"
            )
        for side, part in ((develop, "training"), (test, "test")):
            for rows, what in ((normal, f"image of the normal class {name!r}"), (~normal, "image of another class")):
                if not (rows & side).any():
                    few = "; have more of one kind, or none: then some are made" if len(dataset.tasks) == 1 else ""
                    raise DataError(
                        f"{dataset.name}: the {part} images have no {what}, so nothing can be measured{few}"
                    )


def _note(
    rules: ImageProtocol, dataset: ImageDataset, augment: Augmentation | None, X: NDArray[Any], train: Mask, test: Mask
) -> str:
    """What must be said beside every figure."""
    seen = {image.tobytes() for image in X[train]}
    repeated = sum(image.tobytes() in seen for image in X[test])
    notes = [f"{rules.name}: {rules.summary}"]
    if repeated:
        notes.append(f"{repeated:,} of {int(test.sum()):,} test images are among the normal training images as well")
    if augment is not None:
        notes.append(f"training images are changed at random ({augment})")
    return "; ".join([*notes, *dataset.notes])
