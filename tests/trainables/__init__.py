"""Tests of detectors: every one keeps `tests/contract.py`; what is its own has a file of its name."""
