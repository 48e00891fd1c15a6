"""`--list`: what can be searched over, and on."""

from __future__ import annotations

from rich.console import Console

import trainables
from datasets.catalog.catalog import CATALOG
from launch.common.printing import plain_table


def show(console: Console) -> None:
    """Print the detectors with supervision, modality, fidelity and resumability, and the datasets."""
    columns = ("name", "aliases", "labels seen", "data", "a round buys", "resumable", "what it is")
    table = plain_table(*columns, left=columns, title="Detectors")
    for name in trainables.DETECTORS:
        cls = trainables.load(name)
        aliases = ", ".join(alias for alias, target in trainables.ALIASES.items() if target == name)
        what = (cls.__doc__ or "").strip().splitlines()[0]
        modalities = ", ".join(sorted(modality.value for modality in cls.modality))
        resumable = "yes" if cls.resumable else "no"
        table.add_row(name, aliases, cls.supervision.value, modalities, cls.fidelity.value, resumable, what)
    console.print(table)
    facts = ("name", "rows", "anomalies", "protocols (first is the default)", "what it is")
    data = plain_table(*facts, left=facts, title="\nDatasets")
    for name, row in CATALOG.items():
        order = [row.default_protocol, *(protocol for protocol in row.protocols if protocol != row.default_protocol)]
        word = "by" if len(row.shape) == 2 else "of"
        size = f"{row.shape[0]:,} {word} {' x '.join(map(str, row.shape[1:]))}"
        anomalies = f"{row.anomalies:,}" if row.anomalies else "each class in turn" if row.classes else "by kind"
        summary = row.summary + (f" ({name}:{'|'.join(row.anomaly_types)})" if row.anomaly_types else "")
        data.add_row(name, size, anomalies, ", ".join(order), summary)
    console.print(data)
    console.print(
        "\nmnist:3 is one task, with class 3 normal; mnist is all ten, one detector each. "
        "Or data of your own: tune.py devnet my.csv --label-column class (CSV, Parquet or npz), "
        "tune.py ae_conv images:FOLDER (with FOLDER/normal and, if there are any, FOLDER/anomaly)",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
