"""Is a search worth its seconds: ways to search ("arms") against each other, on several detectors and datasets.

`arms` says what they are, `searching` runs and records them (`remembered` keeps what is trained, so that no arm trains
again what another has), `confirming` scores what they found on fresh splits, `comparison` makes the figures.
"""
