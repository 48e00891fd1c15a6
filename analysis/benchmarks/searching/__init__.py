"""Benchmarks of the search itself: which sampler, when to stop, how to choose."""
