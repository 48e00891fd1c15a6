"""The contract of detectors, and what works with any of them: checks, metrics, states, serving."""
