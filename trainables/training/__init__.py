"""How a detector is trained: round by round, with checkpoints and time limits, alone or as a trial of Ray Tune."""
