"""Tests of datasets of images."""
