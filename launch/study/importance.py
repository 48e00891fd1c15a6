"""How much each hyperparameter matters for the score."""

from __future__ import annotations

import logging
import warnings

import optuna


def importance(study: optuna.Study) -> dict[str, float]:
    """Importance of each hyperparameter for a high score (PED-ANOVA), the most important first.

    A study's first value is its score. Empty where too few trials were complete.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # few trials: whoever shows it says what it rests on
            return dict(
                optuna.importance.get_param_importances(
                    study,
                    evaluator=optuna.importance.PedAnovaImportanceEvaluator(),
                    target=lambda trial: -trial.values[0],  # the evaluator takes a target to be minimised
                )
            )
    except (ValueError, RuntimeError) as error:
        logging.getLogger(__name__).debug("no importances: %s", error)
        return {}
