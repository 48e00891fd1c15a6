"""Tests of readers of tables."""
