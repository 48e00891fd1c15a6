"""Many fits as one resumable experiment: grids, label budgets, digits, and searches at equal seconds."""
