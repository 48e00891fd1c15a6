"""What whoever finds a registered model should know before they use it, as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datasets.wording import counted
from launch.common.flags import with_flags
from launch.common.plain import from_plain
from launch.evaluation import metric_labels
from launch.evaluation.arm_metrics import ArmMetrics, Interval, Localisation
from launch.evaluation.summary import epochs_text

CARD = "MODEL_CARD.md"
MORE = f"… the rest is in the model's {CARD}"
METRICS = ("auroc", "ap", "precision_threshold", "recall_threshold", "f1_threshold")
SAW = {
    "unsupervised": "No label was used in training; training rows may hold anomalies.",
    "one-class": "Training rows are all normal; no anomaly was seen.",
    "few-label": "Labelled anomalies among the training rows were learned from.",
    "supervised": "Every label of the training rows was learned from.",
}
CHOSEN = {
    "labelled": "Its configuration and threshold were chosen with labels of validation rows.",
    "synthetic": "Its configuration was chosen with anomalies made from {of}: how real ones do is not known.",
}


def card(meta: Mapping[str, Any]) -> str:
    """The card of a model, of what its `model.json` says, see `launch.models.model_folder.write`."""
    data = meta["dataset"]
    image = "image_shape" in meta
    rows = "images" if image else "rows"
    parts = [
        f"# {meta['detector']} on {data}",
        f"Scores {rows}: a higher score is more anomalous; the label is 1 at or above the threshold "
        f"{meta['threshold']:.6g} (the {100 * float(meta['threshold_quantile']):.2f} % quantile of "
        f"the scores of {rows} that it was not trained on). " + _probability(meta),
        "## Intended use",
        f"- To rank {rows} like those of training, and to flag those at or above the threshold for somebody or "
        "something to look at: a score alone is no ground for a decision about a person.",
        "## Data",
        f"- {data}, SHA-256 `{meta['dataset_sha256']}`, protocol {meta['protocol']}, outer split "
        f"{meta['outer_split']}.",
        *_counts(meta, image),
        *([f"- Cells were read so: {with_flags('; '.join(meta['readings']))}."] if meta.get("readings") else []),
        f"- {SAW.get(meta.get('supervision', ''), 'Labels seen: ' + str(meta.get('supervision', '?')) + '.')} "
        + CHOSEN.get(meta.get("selection", ""), f"Selection: {meta.get('selection', '?')}.").format(
            of="normal images" if image else "rows"
        ),
        "## Figures",
        *_metrics(meta, rows),
        *_published(meta.get("published")),
        "## Limits",
        *_limits(meta, image),
        "## Reproduce",
        *_reproduce(meta),
        f"- {counted(meta['rounds'], 'round')}, seed {meta['seed']}; study {meta.get('study', '?')}, trial "
        f"{meta.get('trial_number', '?')}; commit {str(meta['git_commit'])[:12]}"
        + (" with changed files" if meta.get("git_changed_files") else "")
        + ".",
        f"- Configuration: `{json.dumps(meta['params'], default=list)}`",
        f"- {', '.join(f'{k} {v}' for k, v in meta['versions'].items())}",
    ]
    return "\n\n".join(_joined(parts)) + "\n"


def within(text: str, most: int) -> str:
    """A text of at most so many characters: what is too long ends after a whole line, and says so."""
    if len(text) <= most:
        return text
    kept = text[: most - len(MORE) - 2]
    return f"{kept[: kept.rfind(chr(10))] if chr(10) in kept else kept}\n\n{MORE}"


def _reproduce(meta: Mapping[str, Any]) -> list[str]:
    """Commands; one class of a group is trained with the others, by a search alone."""
    run = meta.get("retrained_from") or "RUN_ID"
    which = "" if meta.get("retrained_from") else " (RUN_ID: the run that this version came from)"
    if "tasks" in (meta.get("counts") or {}):
        return ["- One class of a group: search again with the seed and the configuration below."]
    return [
        f"- `python launch/replay.py {run}` runs the chosen trial again and says whether its score is the same; "
        f"`python launch/retrain.py {run}` trains on everything and registers a new version{which}.",
    ]


def _joined(parts: list[str]) -> list[str]:
    """Items of one list on lines of their own, everything else as paragraphs."""
    paragraphs: list[str] = []
    for part in parts:
        if part.startswith("- ") and paragraphs and paragraphs[-1].startswith("- "):
            paragraphs[-1] += f"\n{part}"
        else:
            paragraphs.append(part)
    return paragraphs


def _probability(meta: Mapping[str, Any]) -> str:
    if meta["calibration"]["kind"] == "isotonic":
        return "The probability is calibrated on held-out labels (isotonic)."
    return "There is no probability of an anomaly, but a conformal p-value: small is anomalous."


def _counts(meta: Mapping[str, Any], image: bool) -> list[str]:
    counts, seeds, sealed = meta.get("counts") or {}, meta.get("ensemble_seeds"), not _cross_validated(meta)
    what = "made-up anomaly" if meta.get("alarm_rate") else "anomaly"
    parts = [
        f"{part} {n['rows']:,} ({counted(n['anomalies'], what)}"
        + (f", {n['unlabelled']:,} without a label)" if n.get("unlabelled") else ")")
        for part, n in counts.items()
        if part in ("train", "valid", *(["test"] if sealed else [])) and "anomalies" in n
    ]
    what, then = ("Images", "every normal one") if image else ("Rows", "all of them")
    of = "all but the test's" if sealed else then
    how = f"is {seeds} seeds as one, trained on {of}" if seeds else f"was then trained on {then}"
    return [f"- {what} of the search: {', '.join(parts)}; this model {how}."] if parts else []


def _measured(meta: Mapping[str, Any], rows: str) -> str:
    """On what the figures were measured, and by which models."""
    if meta.get("alarm_rate"):
        return (
            "- On anomalies made from sealed rows, beside these, by five fits of this configuration that had not seen "
            "them; nothing was measured on real anomalies, and precision is that among made-up ones."
        )
    if _cross_validated(meta):
        return (
            f"- Cross-validated over all {rows}, not a sealed test: each was scored by fits that had not seen it, but "
            "the same ones chose the configuration and the threshold; 95 % intervals."
        )
    by = "by five fits of this configuration that had not seen them; 95 % intervals over them and over seeds"
    if meta.get("ensemble_seeds"):
        by = f"by this model, which had not seen them; 95 % intervals over {rows} alone, other seeds would give another"
    return f"- On test {rows}, once, {by}."


def _cross_validated(meta: Mapping[str, Any]) -> bool:
    return str(meta.get("protocol")).startswith("cross-validated")


def _metrics(meta: Mapping[str, Any], rows: str) -> list[str]:
    test, counts = meta.get("test") or {}, (meta.get("counts") or {}).get("test", {})
    alarms = [f"- {_alarms(meta)}"] if meta.get("alarm_rate") else []
    if not test:
        return ["- None: it was not scored on sealed test rows.", *alarms]
    source = _measured(meta, rows)
    intervals = from_plain(ArmMetrics, test).by_name()
    items = [
        f"- {metric_labels.METRICS[name].phrase} {intervals[name].text()}" for name in METRICS if name in intervals
    ]
    if not meta.get("beside") and (chance := from_plain(ArmMetrics, test).beside_chance()):
        items.append(f"- **{chance[0].upper()}{chance[1:]}.**")
    if counts.get("rows") and "anomalies" in counts:
        share = counts["anomalies"] / counts["rows"]
        of = rows if _cross_validated(meta) else f"test {rows}"
        what = "made-up anomaly" if meta.get("alarm_rate") else "anomaly"
        source += f" {counted(counts['anomalies'], what)} among {counts['rows']:,} {of}."
        if not meta.get("beside"):
            source += f" A random score has AUROC 0.5 and AP {share:.4f}, the share of anomalies among them."
    said = [f"- {meta[name]}" for name in ("day", "beside") if meta.get(name)]
    return [*said, *items, source, *alarms, *_pixels(meta.get("localisation"))]


def _alarms(meta: Mapping[str, Any]) -> str:
    """What the threshold is for, where no anomaly is labelled."""
    return f"The threshold is for {1000 * meta['alarm_rate']:.3g} flagged in 1,000 rows like those of training."


def _pixels(plain: Mapping[str, Any] | None) -> list[str]:
    if not plain:
        return []
    found = from_plain(Localisation, plain)
    return [
        f"- Where the anomaly is: pixel AUROC {found.tuned.auroc.text()}, per-region overlap (PRO) "
        f"{found.tuned.pro.text()}, of the error maps of five fits against masks of "
        f"{counted(found.images, 'test image')}."
    ]


def _published(published: Mapping[str, Any] | None) -> list[str]:
    if not published:
        return []
    trained = epochs_text(published["rounds"], published["epochs"]) or f"at {counted(published['rounds'], 'round')}"
    auroc, ap = (from_plain(Interval, published[name]).text() for name in ("auroc", "ap"))
    return [f"- Beside it, the published configuration `{published['name']}` {trained}: AUROC {auroc}, AP {ap}."]


def _limits(meta: Mapping[str, Any], image: bool) -> list[str]:
    limits = [
        "- The figures hold for data like those of training. `python analysis/drift.py MODEL NEW` "
        "says whether new data are.",
        "- Kinds of anomaly that the data did not have may be missed.",
    ]
    if meta.get("supervision") in ("few-label", "supervised"):
        limits.append("- It learned what labelled anomalies look like: others are the less likely to be found.")
    if image:
        limits.append(f"- Images of shape {'x'.join(map(str, meta['image_shape']))}, pixels 0 to 255.")
    return limits + ([f"- {meta['note']}"] if meta.get("note") else [])
