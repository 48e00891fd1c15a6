"""Rows of image datasets."""

from datasets.dataset_row import DatasetRow

IMAGE_ROWS: tuple[DatasetRow, ...] = ()
