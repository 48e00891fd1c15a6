"""Typed failures of a detector: each has a short name that is counted and shown; and of what it is read from."""

from __future__ import annotations


class BadDetectorFile(ValueError):
    """A file given as a detector does not hold exactly one."""


class BadModel(ValueError):
    """A folder is no model of this platform, or is not as it was written."""


class DetectorError(RuntimeError):
    """A detector could not go on; `cause` is the name under which it is counted.

    Raised inside a trial, it fails that trial by name and the search goes on.
    """

    cause = "detector_error"


class InvalidInput(DetectorError, ValueError):
    """Rows that no detector accepts: NaN, infinite, empty, or of the wrong width."""

    cause = "invalid_input"


class MissingAnomalies(InvalidInput):
    """The detector learns from labelled anomalies and was given none."""

    cause = "missing_anomalies"


class InvalidHyperparameter(DetectorError, ValueError):
    """A hyperparameter of the wrong type, or outside its declared range."""

    cause = "invalid_hyperparameter"


class NonFiniteLoss(DetectorError):
    """The training loss became NaN or infinite."""

    cause = "non_finite_loss"


class NonFiniteScores(DetectorError):
    """A score is NaN or infinite."""

    cause = "non_finite_scores"


class CollapsedScores(DetectorError):
    """Every row got the same score, so nothing can be ranked."""

    cause = "collapsed_scores"


class NotFitted(DetectorError):
    """`decision_function` was called before `begin`."""

    cause = "not_fitted"


class SingularCovariance(DetectorError):
    """A covariance matrix cannot be inverted or factorised."""

    cause = "singular_covariance"


class NoClusterSplit(DetectorError):
    """The clusters cannot be told into large and small ones."""

    cause = "no_cluster_split"


class Diverged(DetectorError):
    """Training ran away: a loss is finite and absurdly large, or a generator and its critic lost each other."""

    cause = "diverged"


class ModeCollapse(DetectorError):
    """A generator makes the same image of every code."""

    cause = "mode_collapse"


class OutOfMemory(DetectorError):
    """The host's or the GPU's memory does not hold the trial."""

    cause = "oom"


class TrialTimeout(DetectorError):
    """The trial took longer than `trial_timeout`."""

    cause = "timeout"


class UntrustedState(DetectorError):
    """A stored estimator holds a type that its detector does not list, or a tree that cannot be walked."""

    cause = "untrusted_state"
