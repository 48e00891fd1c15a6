"""Charts as data: what is on a picture, for `analysis.plots` (papers) and `analysis.interactive` (pages) to draw."""
