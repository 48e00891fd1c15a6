"""Tests of the parts of detectors against torch and scikit-learn."""
