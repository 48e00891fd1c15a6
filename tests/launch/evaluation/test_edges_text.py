"""What is said of the edges of a search space, and of one that is exhausted."""

from launch.evaluation.summary import EdgeSummary, TrialCounts, edges_text


def test_edges_are_named_with_what_goes_beyond_them():
    dropout = EdgeSummary("dropout", True, 0.6, 7, 10, "--range dropout=0:0.9")
    depth = EdgeSummary("depth", False, 1, 4, 10)
    assert edges_text((dropout, depth), "vae") == (
        "The best trials sit at an edge of the search space: 7 of 10 at the upper end of dropout (0.6), 4 of 10 at the "
        "lower end of depth (1); a new search with --range dropout=0:0.9 goes beyond."
    )
    assert edges_text((depth,), "vae").endswith("depth (1); search_spaces/vae.py sets it.")


def test_an_exhausted_space_is_named_and_another_is_not():
    assert TrialCounts(14, 0, 0, exhausted=14).end_text() == (
        "; all 14 configurations of the search space have been tried"
    )
    assert TrialCounts(14, 0, 0).end_text() == ""
