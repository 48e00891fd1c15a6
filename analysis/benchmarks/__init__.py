"""Measurements of the platform, each a script that prints both arms and its aims; `make benchmarks` runs them."""
