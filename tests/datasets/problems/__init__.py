"""Tests of protocols, splits, label budgets and the seal."""
