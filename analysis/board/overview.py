"""What every dataset together says: what training is worth, and how detectors differ in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.board import tables
from analysis.board.cells import measured


def training(cells: pd.DataFrame, metric: str = "ap") -> pd.DataFrame:
    """Each detector that has an untrained form: its metric after training and before.

    Returns
    -------
    DataFrame
        Columns `detector` (with its configuration), `supervision`, `datasets`, `trained`, `untrained`,
        `difference` (means over the datasets that have both) and `better` (datasets where training raised it);
        the largest difference of a level first.
    """
    place, cells = ["level", "supervision", "detector", "column", "labels"], measured(cells)
    untrained = cells["configuration"] == "untrained"
    before = cells[untrained][[*place, metric]].rename(columns={metric: "untrained"})
    after = cells[~untrained].assign(detector_name=tables.named(cells), trained=cells[metric])
    both = after.merge(before, on=place)
    both["difference"] = both["trained"] - both["untrained"]
    both["better"] = both["difference"] > 0
    means = dict.fromkeys(["trained", "untrained", "difference"], "mean")
    gains = both.groupby(["level", "supervision", "detector_name"]).agg({"column": "size", **means, "better": "sum"})
    gains = gains.reset_index().rename(columns={"detector_name": "detector", "column": "datasets"})
    gains = gains.sort_values(["level", "difference", "detector"], ascending=[True, False, True], ignore_index=True)
    return gains[["detector", "supervision", "datasets", "trained", "untrained", "difference", "better"]]


def training_texts(cells: pd.DataFrame) -> pd.DataFrame:
    """`training` of AP as texts."""
    gains = training(cells)
    return pd.DataFrame(
        {
            "detector": gains["detector"],
            "labels seen": gains["supervision"],
            "AP trained": gains["trained"].map("{:.3f}".format),
            "AP untrained": gains["untrained"].map("{:.3f}".format),
            "difference": gains["difference"].map("{:+.3f}".format),
            "better after training": [
                f"{b} of {n} datasets" for b, n in zip(gains["better"], gains["datasets"], strict=True)
            ],
        }
    )


def speed(cells: pd.DataFrame, reference: str = "iforest") -> pd.DataFrame:
    """How many times the seconds of a reference detector each one takes, over all datasets that have both.

    Returns
    -------
    DataFrame
        Columns `detector`, `datasets`, `fit_ratio`, `predict_ratio` (geometric means); the fastest to fit first.
    """
    times = tables.times(cells, reference)
    times = times[(times["reference"] == reference) & (times["fit_ratio"] > 0) & (times["predict_ratio"] > 0)]
    logs = times.assign(fit=np.log(times["fit_ratio"]), predict=np.log(times["predict_ratio"]))
    means = logs.groupby("detector").agg(
        datasets=("column", "nunique"), fit=("fit", "mean"), predict=("predict", "mean")
    )
    means["fit_ratio"], means["predict_ratio"] = np.exp(means.pop("fit")), np.exp(means.pop("predict"))
    return means.reset_index().sort_values(["fit_ratio", "detector"], ignore_index=True)


def speed_texts(cells: pd.DataFrame, reference: str) -> pd.DataFrame:
    """`speed` as texts."""
    ratios = speed(cells, reference)
    return pd.DataFrame(
        {
            "detector": ratios["detector"],
            "datasets": ratios["datasets"].astype(str),
            "fit, times": [f"{v:.3g} x {reference}" for v in ratios["fit_ratio"]],
            "predict, times": [f"{v:.3g} x {reference}" for v in ratios["predict_ratio"]],
        }
    )
