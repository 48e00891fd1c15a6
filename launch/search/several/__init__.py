"""Several detectors in one command: each search alone in a worker, all side by side, and the comparison at the end."""
