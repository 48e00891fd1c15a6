"""Do detectors differ, has something drifted: ranks, tests of ranks, measures of drift, levels of supervision."""
