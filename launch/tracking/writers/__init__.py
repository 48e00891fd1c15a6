"""Carrying spools to MLflow: those of many short searches by one process, and those that searches left behind."""
