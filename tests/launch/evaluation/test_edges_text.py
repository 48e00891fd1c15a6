"""What is said of the edges of a search space."""

from launch.evaluation.summary import EdgeSummary, edges_text


def test_edges_are_named_with_what_goes_beyond_them():
    dropout = EdgeSummary("dropout", True, 0.6, 7, 10, "--range dropout=0:0.9")
    depth = EdgeSummary("depth", False, 1, 4, 10)
    assert edges_text((dropout, depth), "vae") == (
        "The best trials sit at an edge of the search space: 7 of 10 at the upper end of dropout (0.6), 4 of 10 at the "
        "lower end of depth (1); a new search with --range dropout=0:0.9 goes beyond."
    )
    assert edges_text((depth,), "vae").endswith("depth (1); search_spaces/vae.py sets it.")
