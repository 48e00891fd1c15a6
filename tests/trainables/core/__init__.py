"""Tests of the contract's tools: metrics, states, preprocessing, serving."""
