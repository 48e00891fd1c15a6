"""What the columns of a raw table are, and how they become what detectors take."""
