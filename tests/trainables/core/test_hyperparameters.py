"""Hyperparameters from annotations, with those of the bases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pytest

from trainables.core import constraints as c
from trainables.core.detector import Detector, hyperparameters, make
from trainables.core.errors import InvalidHyperparameter
from trainables.focal import Focal


@hyperparameters
class Base:
    """A base.

    Parameters
    ----------
    lr : float
        Rate.
    seed : int
        Of all.

    Raises
    ------
    ValueError
        Always.
    """

    lr: Annotated[float, c.Interval(float, 0, 1)] = 0.5
    seed: int = 0


@hyperparameters
class Child(Base):
    """A child.

    Notes
    -----
    None.

    Parameters
    ----------
    size : int, default=3
        Its own,
        on two lines.
    seed : int, default=0
        Of weights.
    """

    parameter_constraints: ClassVar[dict[str, Any]] = {"size": (c.Interval(int, 1, 9),)}

    size: int = 3
    kind: Literal["a", "b"] = "a"
    flag: bool = False
    most: Annotated[int, c.Interval(int, 1, 5)] | Literal["all"] | None = None
    lr: float = 0.25


def test_a_subclass_has_those_of_its_base_with_its_own_defaults() -> None:
    child: Any = Child(size=4)  # type: ignore[call-arg]
    assert (child.size, child.lr, child.seed, child.most) == (4, 0.25, 0, None)


def test_annotations_and_tables_say_what_values_may_be() -> None:
    allowed: Mapping[str, Any] = Child.parameter_constraints  # type: ignore[assignment]
    assert allowed == {
        "lr": (c.Interval(float, 0, 1),),
        "size": (c.Interval(int, 1, 9),),
        "kind": (c.Options(("a", "b")),),
        "flag": (c.Options((True, False)),),
        "most": (c.Interval(int, 1, 5), c.Options(("all",)), c.Options((None,))),
    }
    with pytest.raises(InvalidHyperparameter, match="lr=11 must be float in"):
        make(Focal, {"lr": 11})


def test_documentation_holds_what_the_bases_say_with_the_classs_defaults() -> None:
    assert (
        Child.__doc__
        == """A child.

    Parameters
    ----------
    size : int, default=3
        Its own,
        on two lines.
    seed : int, default=0
        Of weights.
    lr : float, default=0.25
        Rate.

    Raises
    ------
    ValueError
        Always.

    Notes
    -----
    None.
    """
    )


def test_own_hyperparameters_come_first() -> None:
    names = Focal.parameter_names()
    assert names[0] == "gamma"
    assert names[-2:] == ("seed", "device")
    assert re.match(r"Focal\(gamma=2.0, hidden=", repr(Focal()))


def test_annotations_for_type_checkers_alone_leave_a_class_with_its_table() -> None:
    @hyperparameters
    class Mine(Detector):
        """Mine."""

        parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {"k": (c.Interval(int, 1, 2),)}
        k: int = 1
        rows: UnknownHere = None  # type: ignore[name-defined]  # noqa: F821

    assert Mine.parameter_constraints == {"k": (c.Interval(int, 1, 2),)}
    assert Mine.parameter_names() == ("k", "rows")
