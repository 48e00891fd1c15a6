"""From finalists to a summary: confirmation, the final test, its intervals, what they come to.

`confirm` compares the finalists on fresh splits, `final_test` breaks the seal once, `outcome` holds what came of it,
`summarise` makes the `summary` that everybody reads; `arm_metrics` and `metric_labels` are its vocabulary.
"""
