"""The rules by which images are cut into training, validation and sealed test images."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from datasets.errors import DataError


@dataclass(frozen=True)
class ImageProtocol:
    """The rules of a split of images.

    Parameters
    ----------
    name : str
        What the command line calls it.
    summary : str
        One line for people.
    refit_on_part : bool
        Whether the final fits, too, get four fifths of the normal training images.
    left_over_is_test : bool
        Whether training images that nothing is trained on are test images as well.
    balanced : bool
        Whether training knows as many anomalies as normal images, drawn in equal numbers from
        every cluster of every class, and the test is measured on such a selection too.
    by_kind : bool
        Whether there is one normal class, and every other one is a kind of anomaly: they all validate.
    """

    name: str
    summary: str
    refit_on_part: bool = False
    left_over_is_test: bool = False
    balanced: bool = False
    by_kind: bool = False


IMAGE_PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        ImageProtocol(
            "one-vs-rest",
            "one class is normal: train on four fifths of its training images, choose on a fifth of every class, "
            "test on the official test images",
        ),
        ImageProtocol(
            "multimodal",
            "as one-vs-rest, and the final fits, too, train on 80 % of the normal class alone",
            refit_on_part=True,
        ),
        ImageProtocol(
            "multimodal-thesis",
            "as multimodal, and training images that are left over are test images, as in the thesis",
            left_over_is_test=True,
        ),
        ImageProtocol(
            "balanced",
            "training knows as many anomalies as normal images (k-means-stratified); test official and balanced",
            balanced=True,
        ),
        ImageProtocol("kinds", "one normal class against kinds of anomaly; 80/20 by kind", by_kind=True),
    )
}


def find(name: str | None, *, kinds: bool) -> ImageProtocol:
    """The protocol of that name; None is the first that fits the data.

    Parameters
    ----------
    name : str, optional
    kinds : bool
        Whether the dataset has one normal class and kinds of anomaly.
    """
    able = {p.name: p for p in IMAGE_PROTOCOLS.values() if p.by_kind == kinds}
    if name is None:
        return next(iter(able.values()))
    if name in able:
        return able[name]
    near = difflib.get_close_matches(name, able, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    what = "images of one normal class" if kinds else "images of several classes"
    raise DataError(f"`protocol` {name} is not for {what}; {hint}there is {', '.join(able)}")
