"""From the outcome of a search to its summary."""

from __future__ import annotations

from launch.common import provenance
from launch.common.flags import with_flags
from launch.common.plain import from_plain, to_plain
from launch.config.plan import Plan
from launch.evaluation import published
from launch.evaluation.outcome import Baseline, Outcome
from launch.evaluation.race.finalist import Finalist
from launch.evaluation.summary import (
    BaselineSummary,
    Confirmed,
    DatasetSummary,
    EdgeSummary,
    FinalistSummary,
    ParetoPoint,
    PortfolioSummary,
    Provenance,
    RefittedSummary,
    Resources,
    RoundCounts,
    StageSeconds,
    Summary,
    TrialCounts,
    Validation,
)
from launch.study import edges, pareto
from launch.study.study import PORTFOLIO, Study
from launch.study.trial import whole_fit_seconds
from search_spaces.portfolios import is_portfolio


def summarise(plan: Plan, study: Study, outcome: Outcome, seconds: dict[str, float]) -> Summary:
    """The summary of a search whose record is not complete: `model_uri` and `mlflow_run_id` are None.

    `seconds` are by stage, with `total`.
    """
    options, result = plan.options, outcome.result
    fit, predict = outcome.arms["tuned"].seconds()
    front = pareto.plain(pareto.front(study.records.values(), plan.scored_rows)) if plan.latency else None
    return Summary(
        study=plan.study,
        detector=plan.label,
        supervision=plan.supervision,
        selection=plan.problem.selection,
        modality=plan.problem.modality,
        metric=plan.metric,
        seed=options.seed,
        dataset=_dataset(plan),
        trials=from_plain(TrialCounts, study.counts()),
        rounds=RoundCounts(
            sum(len(record.history) for record in study.records.values()),
            sum(plan.full_rounds(record.params) for record in study.records.values()),
            _cheap_fit(plan, study),
        ),
        best=_refitted(plan, outcome.best, outcome, "tuned"),
        published=None if outcome.published is None else _refitted(plan, outcome.published, outcome, "published"),
        pareto=None if front is None else tuple(from_plain(ParetoPoint, point) for point in front),
        finalists=tuple(_finalist(plan, finalist, outcome) for finalist in outcome.chosen),
        chosen_for_speed=outcome.for_speed,
        test=result.test,
        kinds=result.kinds,
        tasks=result.tasks,
        balanced=result.balanced,
        controls=result.controls,
        baseline=_baseline(result.baseline),
        localisation=result.localisation,
        ensemble=result.ensemble,
        train=result.train,
        report={name: _printed(plan, name) for name in ("auroc", "ap", "f1_report")},
        edges=_edges(plan, study),
        seconds=StageSeconds(
            **{stage: round(value, 3) for stage, value in seconds.items()}, fit=round(fit, 4), predict=round(predict, 4)
        ),
        seal_readings=outcome.test_reads,
        resources=Resources(
            options.cpus_per_trial,
            options.gpus_per_trial,
            plan.trials,
            plan.halving.max_rounds,
            options.sampler,
            plan.scheduler,
        ),
        portfolio=_portfolio(study),
        how=Provenance(provenance.command(), provenance.commit()[0], provenance.versions()),
    )


def _portfolio(study: Study) -> PortfolioSummary | None:
    """What was tried of a portfolio; None where that is nothing."""
    kept, tried = study.study.user_attrs.get(PORTFOLIO), sum(is_portfolio(r.origin) for r in study.records.values())
    return PortfolioSummary(tried, kept["tables"], kept["knows_table"]) if kept and tried else None


def _cheap_fit(plan: Plan, study: Study) -> float | None:
    """Seconds of a whole fit that made stopping not worth it; None where trials were stopped, or might have been."""
    records = study.records.values()
    seconds = whole_fit_seconds([record.history for record in records], plan.halving.max_rounds)
    stopped = any(record.state == "pruned" for record in records)
    return None if stopped or not plan.halving.rungs() or seconds > plan.halving.above else seconds


def _edges(plan: Plan, study: Study) -> tuple[EdgeSummary, ...] | None:
    allowed = {name: own for name, own in plan.cls.parameter_constraints.items() if name != plan.cls.rounds_parameter}
    found = edges.edges(study.study.get_trials(deepcopy=False), study.space, plan.info, allowed)
    return tuple(from_plain(EdgeSummary, to_plain(edge)) for edge in found) or None


def _dataset(plan: Plan) -> DatasetSummary:
    problem = plan.problem
    return DatasetSummary(
        problem.dataset,
        problem.source,
        problem.sha256,
        problem.protocol,
        problem.outer_split,
        problem.counts,
        problem.request,
        with_flags(problem.note),
        tuple(map(with_flags, problem.readings)) or None,
    )


def _printed(plan: Plan, name: str) -> float | None:
    """What the report prints, where this search has its protocol and sees the labels that it saw."""
    problem = plan.problem
    same = problem.protocol == "report" and problem.labels.all and problem.outer_split == 0
    return published.figure(plan.label, problem.dataset, name) if same else None


def _baseline(baseline: Baseline | None) -> BaselineSummary | None:
    if baseline is None or baseline.failure:
        return None
    return BaselineSummary(baseline.detector, baseline.origin, baseline.params, len(baseline.seeds))


def _finalist(plan: Plan, finalist: Finalist, outcome: Outcome) -> FinalistSummary:
    record = finalist.record
    last = record.history[-1] if record.history else {}
    confirmed, splits = _confirmed(finalist, outcome.confirmed), plan.splits if plan.splits > 1 else None
    figures = {name: last.get(name) for name in ("auroc", "ap", "f1")}
    validation = Validation(search_score=record.score, **figures, confirmed=confirmed, search_splits=splits)
    return FinalistSummary(record.params, record.number, record.origin, validation, finalist.failure or None)


def _confirmed(finalist: Finalist, splits: int) -> Confirmed:
    mean, low, high = finalist.interval() if finalist.scores else (None, None, None)
    if len(finalist.scores) < 2:
        low = high = None
    own = len(finalist.scores) if splits else 0
    return Confirmed(mean, low, high, **finalist.mean_metrics(), splits=own, scores=finalist.by_split() or None)


def _refitted(plan: Plan, finalist: Finalist, outcome: Outcome, arm: str) -> RefittedSummary:
    rounds = outcome.arms[arm].rounds if arm in outcome.arms else None
    epochs = plan.published_epochs.get(finalist.record.origin)
    return RefittedSummary(**vars(_finalist(plan, finalist, outcome)), rounds=rounds, source_epochs=epochs)
