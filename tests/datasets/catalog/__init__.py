"""Tests of the catalogue and of downloads."""
