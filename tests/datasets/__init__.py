"""Tests of datasets: every table and every split keeps `contract.py`."""
