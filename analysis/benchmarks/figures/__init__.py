"""Benchmarks of printed figures: are intervals, thresholds and listed values what they claim?"""
