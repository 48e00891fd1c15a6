"""Drift by period: what the terminal says of it, and its page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.charts.chart import Chart, Series
from analysis.interactive import style
from analysis.models.drift_periods import TIMES, PeriodDrift
from analysis.reports import page
from analysis.reports.section import Section
from analysis.statistics.drift_measures import DRIFTED, SHIFTED, STABLE

NAMED = 3
MOST_FEATURES = 25


def sentence(result: PeriodDrift, by: str) -> str:
    """What the periods say, in one sentence."""
    periods = result.periods
    rows = f"{periods['rows'].sum():,} new rows in {len(periods):,} {by}{'s' * (len(periods) != 1)}"
    parts = []
    for word in ("more alarms", "fewer alarms", "drifted", "shifted"):
        names = periods.loc[periods["verdict"] == word, "period"].tolist()
        if names:
            last = f"the last {', '.join(names[-NAMED:])}" if len(names) > NAMED else ", ".join(names)
            parts.append(f"{word} in {len(names)} of them ({last})")
    return f"{rows}: {'; '.join(parts)}" if parts else f"{rows}: no drift found"


def texts(result: PeriodDrift) -> pd.DataFrame:
    """A row for each period, as texts."""
    periods = result.periods
    return pd.DataFrame(
        {
            "period": periods["period"],
            "verdict": periods["verdict"],
            "rows": periods["rows"].map("{:,}".format),
            "alarms": periods["alarms"].map("{:,}".format),
            "share of rows": [
                f"{100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
                for share, low, high in periods[["share", "low", "high"]].itertuples(index=False)
            ],
            "score PSI": periods["score_psi"].map("{:.3f}".format),
            "by chance": periods["score_psi_by_chance"].map("{:.3f}".format),
            "drifted": [_few(names) for names in periods["drifted"]],
        }
    )


def _few(names: str) -> str:
    listed = names.split(", ") if names else []
    return ", ".join(listed[:NAMED]) + (f" and {len(listed) - NAMED} more" if len(listed) > NAMED else "") or "-"


def html(result: PeriodDrift, by: str, model: str) -> str:
    """The page."""
    about = f"model {model}, by {by} of {result.time_column!r}"
    return page.html("Drift over time", sentence(result, by), about, sections(result, by), broad=True)


def sections(result: PeriodDrift, by: str) -> list[Section]:
    """Alarms, the score, features, and the table."""
    alarms = (
        f"The share of rows at or above the threshold, with its 95 % interval. When the model was made it was "
        f"{100 * result.expected:.2f} % of rows that it had not seen. A {by} has more (fewer) alarms where the share "
        f"is {TIMES:g} times that (half of it) and differs from it after Holm's correction over all periods.",
    )
    index = (
        "The population stability index of the score and of each feature, less what so few rows give by chance. "
        f"Shifted from {SHIFTED:g} on, drifted above {DRIFTED:g}, where the test agrees after Holm's correction over "
        "all periods and features.",
    )
    return [
        Section("alarms", "Alarms", alarms, (("Share of rows", _alarms(result)),)),
        Section("features", "Score and features", index, (("Index beyond chance", _features(result)),)),
        Section("periods", "Periods", table=texts(result)),
        Section("drifted", "What drifted", _nothing(result), table=_drifted(result)),
    ]


def _alarms(result: PeriodDrift) -> Chart:
    periods = result.periods
    x, share = periods["period"].tolist(), periods["share"].tolist()
    bounds = (periods["share"] - periods["low"]).tolist(), (periods["high"] - periods["share"]).tolist()
    hover = "%{x}: %{y:.2%}"
    series = (
        Series("when the model was made", [(x, [result.expected] * len(x))], "grey", dash="dash"),
        Series("share of rows", [(x, share)], "blue", kind="dots", error=bounds, hover=hover),
    )
    return Chart("Alarms", "", "share of rows", series)


def _features(result: PeriodDrift) -> go.Figure:
    """A row for the score and for each feature that moved most, a column for each period."""
    frame = result.features.assign(beyond=lambda f: (f["psi"] - f["psi_by_chance"]).clip(lower=0))
    wide = frame.pivot(index="feature", columns="period", values="beyond")
    order = ["score", *wide.drop(index="score").max(axis=1).sort_values(ascending=False).index[:MOST_FEATURES]]
    wide = wide.loc[order, result.periods["period"].tolist()]
    figure = style.canvas(height=140 + 24 * len(order))
    figure.add_heatmap(
        x=list(wide.columns), y=[str(name)[:32] for name in order], z=np.round(wide.to_numpy(), 3), zmin=0,
        zmax=2 * DRIFTED, colorscale=_scale(), colorbar={"title": {"text": "PSI"}, "thickness": 12},
        hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>", xgap=1, ygap=1,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(type="category")
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.showgrid = False
    return figure


def _scale() -> Sequence[tuple[float, str]]:
    """Pale up to 0.1, orange up to 0.25, vermilion above."""
    shifted, drifted = SHIFTED / (2 * DRIFTED), 0.5
    return [
        (0, "rgba(128,128,128,0.12)"), (shifted, "rgba(128,128,128,0.35)"), (shifted, style.ORANGE),
        (drifted, style.ORANGE), (drifted, style.VERMILION), (1, style.VERMILION),
    ]  # fmt: skip


def _drifted(result: PeriodDrift) -> pd.DataFrame:
    frame = result.features[result.features["verdict"] != STABLE].sort_values(
        ["period", "psi"], ascending=[True, False]
    )
    return pd.DataFrame(
        {
            "period": frame["period"],
            "feature": frame["feature"].astype(str),
            "verdict": frame["verdict"],
            "PSI": frame["psi"].map("{:.3f}".format),
            "by chance": frame["psi_by_chance"].map("{:.3f}".format),
            "p (Holm)": frame["p_holm"].map("{:.2g}".format),
            "missing now": (100 * frame["missing_now"]).map("{:.1f} %".format),
        }
    )


def _nothing(result: PeriodDrift) -> tuple[str, ...]:
    return () if (result.features["verdict"] != STABLE).any() else ("No feature left its place in any period.",)
