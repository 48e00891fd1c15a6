"""Benchmarks of the search itself; `analysis/efficiency.py` compares ways to search."""
