"""What several detectors share: training loops in torch, and adapters to PyOD, DeepOD and scikit-learn."""
