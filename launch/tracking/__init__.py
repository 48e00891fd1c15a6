"""The record in MLflow.

Writing: a search logs events (`events`) with a `tracker`, which appends them to a file, the `spool`. A process of its
own (`writer_process`) applies them to MLflow (`event_writer`, over the calls of `store`) and keeps how far it
came (`cursor`); `retry` says which errors pass. What a crash left is carried later (`carrying`).

Reading: `client` opens a store, `queries` gives its runs as a data frame. What is used of MLflow beyond its
documentation is in `mlflow_internals`.
"""
