"""What a person reads of a search in a terminal and in MLflow's description: before it, while it runs, at its end."""
