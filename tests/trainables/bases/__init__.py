"""Tests of what several detectors share."""
