import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis import charts, plots
from analysis.plots import style


@pytest.fixture(scope="module")
def scored():
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.1).astype(int)
    return {"weak": (y, rng.normal(size=400) + 0.5 * y), "strong": (y, rng.normal(size=400) + 3 * y)}


def trial(number, values, state="complete", published=False):
    value = values[-1] if values and state != "failed" else None
    rounds = list(range(1, len(values) + 1))
    return {
        "number": number,
        "rounds": rounds,
        "values": values,
        "value": value,
        "state": state,
        "published": published,
    }


TRIALS = [
    trial(0, [0.1, 0.2, 0.3], published=True),
    trial(1, [0.2, 0.1], "pruned"),
    trial(2, [0.2, 0.4, 0.5]),
    trial(3, [0.1, float("nan")], "failed"),
    trial(4, [], "failed"),
    trial(5, [0.2, 0.3, 0.4]),
]


def frames(trials):
    """Trials as the charts take them: one row each, and one for each of their rounds."""
    columns = ["number", "state", "published", "value"]
    known = pd.DataFrame([{k: t[k] for k in columns} for t in trials], columns=columns)
    rows = [(t["number"], n, v) for t in trials for n, v in zip(t["rounds"], t["values"], strict=True)]
    trials_frame = known.rename(columns={"value": "score"}).astype({"score": float})
    return trials_frame, pd.DataFrame(rows, columns=["number", "round", "score"]).astype({"score": float})


def learning_curves(trials, metric):
    return plots.draw(charts.learning_curves(*frames(trials), metric))


def optimisation_history(trials, metric):
    return plots.draw(charts.optimisation_history(frames(trials)[0], metric))


def words(figure: Figure) -> str:
    texts = [t.get_text() for ax in figure.axes for t in ax.texts]
    legends = [ax.get_legend() for ax in figure.axes] + figure.legends
    return "\n".join(texts + [t.get_text() for legend in legends if legend for t in legend.get_texts()])


def title(figure):
    return figure.get_suptitle()


class TestClassFrequencies:
    counts = {"train": (968, 32), "valid": (100, 3), "test": (240, 10)}  # noqa: RUF012

    def test_bars_are_the_counts(self):
        ax = plots.class_frequencies(self.counts).axes[0]
        assert [[bar.get_height() for bar in bars] for bars in ax.containers] == [[968, 100, 240], [32, 3, 10]]
        assert [t.get_text() for t in ax.get_xticklabels()] == ["train", "valid", "test"]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("part of the data", "rows")

    def test_counts_and_shares_are_written_out(self):
        text = words(plots.class_frequencies(self.counts))
        for expected in ("968\n96.8 %", "32\n3.2 %", "10\n4 %", "normal", "anomaly"):
            assert expected in text


class TestScoreHistograms:
    def test_each_class_is_a_density_over_the_unit_interval(self, scored):
        figure = plots.score_histograms(*scored["weak"], "Scores of weak")
        assert title(figure) == "Scores of weak"
        lines = [p for p in figure.axes[0].patches if not p.get_fill()]
        assert [to_hex(p.get_edgecolor()) for p in lines] == [style.NORMAL_COLOUR.lower(), style.ANOMALY_COLOUR.lower()]
        for patch in lines:
            heights, edges, _ = patch.get_data()
            assert (edges[0], edges[-1]) == (0, 1)
            assert heights @ np.diff(edges) == pytest.approx(1)

    def test_legend_counts_rows(self, scored):
        y, scores = scored["weak"]
        assert f"anomaly ({y.sum()})" in words(plots.score_histograms(y, scores, "t"))

    def test_constant_scores_and_one_class(self):
        ax = plots.score_histograms([0, 0, 0], [5, 5, 5], "t").axes[0]
        assert len([p for p in ax.patches if not p.get_fill()]) == 1

    def test_refuses_nan(self):
        with pytest.raises(ValueError, match="finite score"):
            plots.score_histograms([0, 1], [1, np.nan], "t")


class TestFlattenedHistograms:
    def test_few_values_are_shares(self):
        ax = plots.flattened_histograms([[0, 1], [1, 1]], [[0.0, 0.0, 0.0, 1.0]]).axes[0]
        assert [[bar.get_height() for bar in bars] for bars in ax.containers] == [[0.25, 0.75], [0.75, 0.25]]
        assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "1"]
        assert ax.get_ylabel() == "share of all values"

    def test_a_late_rare_value_is_not_lost(self):
        real = np.zeros(20_000)
        real[-1] = 0.5
        ax = plots.flattened_histograms(real, np.zeros(5)).axes[0]
        assert ax.get_ylabel() == "density"

    def test_many_values_are_densities_over_shared_bins(self):
        rng = np.random.default_rng(0)
        ax = plots.flattened_histograms(rng.normal(size=(50, 4)), 3 * rng.normal(size=(30, 4))).axes[0]
        (h1, e1, _), (h2, e2, _) = (p.get_data() for p in ax.patches if not p.get_fill())
        assert (e1 == e2).all()
        assert h1 @ np.diff(e1) == pytest.approx(1)
        assert h2 @ np.diff(e2) == pytest.approx(1)
        assert [t.get_text() for t in ax.get_legend().get_texts()] == ["real", "artificial"]


class TestCurves:
    def test_roc(self, scored):
        figure = plots.roc_curves(scored)
        ax = figure.axes[0]
        strong, weak, chance = ax.lines
        assert f"strong (AUROC {roc_auc_score(*scored['strong']):.3f})" == strong.get_label()
        for line, name in ((strong, "strong"), (weak, "weak")):
            x, y = line.get_data()
            assert np.trapezoid(y, x) == pytest.approx(roc_auc_score(*scored[name]))
        assert list(chance.get_xdata()) == list(chance.get_ydata()) == [0, 1]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("false positive rate", "true positive rate")

    def test_precision_recall(self, scored):
        ax = plots.precision_recall_curves(scored).axes[0]
        strong, weak, prevalence = ax.lines
        assert strong.get_label() == f"strong (AP {average_precision_score(*scored['strong']):.3f})"
        assert weak.get_label().startswith("weak")
        assert list(prevalence.get_ydata()) == [scored["weak"][0].mean()] * 2
        assert strong.get_drawstyle() == "steps-post"
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("recall", "precision")

    def test_no_two_curves_look_the_same(self, scored):
        many = {f"detector {i}": scored["weak"] for i in range(20)}
        lines = plots.roc_curves(many).axes[0].lines[:-1]
        assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 20


class TestLearningCurves:
    def test_every_trial_with_a_value_is_a_line(self):
        ax = learning_curves(TRIALS, "AP").axes[0]
        lines = [line for line in ax.lines if len(line.get_xdata())]
        assert len(lines) == 5
        drawn = sorted([v for v in line.get_ydata() if v == v] for line in lines)
        assert drawn == [[0.1], [0.1, 0.2, 0.3], [0.2, 0.1], [0.2, 0.3, 0.4], [0.2, 0.4, 0.5]]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("round", "validation AP")

    def test_best_and_published_stand_out(self):
        figure = learning_curves(TRIALS, "AP")
        thick = [line for line in figure.axes[0].lines if line.get_linewidth() > 2]
        assert [(list(line.get_ydata()), line.get_color()) for line in thick] == [
            ([0.1, 0.2, 0.3], style.ORANGE),
            ([0.2, 0.4, 0.5], style.BLUE),
        ]
        assert "trial 2 (best)\n0.5000" in words(figure)
        assert "trial 0 (published)\n0.3000" in words(figure)

    def test_legend_counts_the_states(self):
        text = words(learning_curves(TRIALS, "AP"))
        assert all(state in text for state in ("complete (3)", "pruned (1)", "failed (2)"))

    def test_one_point(self):
        figure = learning_curves([trial(0, [0.3], published=True)], "AP")
        assert "trial 0 (best, published)" in words(figure)
        assert figure.axes[0].lines[0].get_marker() == "o"
        assert list(figure.axes[0].get_xticks()) == [1]

    def test_labels_of_equal_curves_do_not_overlap(self):
        figure = learning_curves([trial(0, [0.1, 0.3], published=True), trial(1, [0.0, 0.3001])], "AP")
        heights = sorted(t.xy[1] for t in figure.axes[0].texts)
        assert heights[1] - heights[0] > 0.1 * np.ptp(figure.axes[0].get_ylim())

    def test_nothing_but_failures(self):
        assert "No score in 1 trial." in words(learning_curves([TRIALS[4]], "AP"))

    def test_unknown_state(self):
        with pytest.raises(ValueError, match="trial 7: unknown state 'running'"):
            learning_curves([trial(7, [1.0], "running")], "AP")


class TestOptimisationHistory:
    def test_best_so_far_rises_with_complete_trials_alone(self):
        shuffled = [TRIALS[i] for i in (5, 2, 4, 0, 1, 3)]
        ax = optimisation_history(shuffled, "AUROC").axes[0]
        (line,) = ax.lines
        assert list(line.get_xdata()) == [0, 2, 5, 5.5]  # to the end of the axis
        assert list(line.get_ydata()) == [0.3, 0.5, 0.5, 0.5]
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("trial", "validation AUROC")

    def test_points_by_state(self):
        figure = optimisation_history(TRIALS, "AP")
        points = {c.get_label(): c.get_offsets().tolist() for c in figure.axes[0].collections}
        assert points["complete (3)"] == [[0, 0.3], [2, 0.5], [5, 0.4]]
        assert points["pruned (1)"] == [[1, 0.1]]
        assert [x for x, _ in points["failed (2), on the axis"]] == [3, 4]
        assert points["published configuration"] == [[0, 0.3]]
        assert "trial 2\n0.5000" in words(figure)

    def test_one_trial(self):
        ax = optimisation_history([trial(0, [0.3])], "AP").axes[0]
        assert list(ax.get_xticks()) == [0]

    def test_only_pruned(self):
        ax = optimisation_history([trial(0, [0.3], "pruned"), trial(1, [0.2], "pruned")], "AP").axes[0]
        assert len(ax.lines) == 0


def test_importances_are_sorted_bars():
    figure = plots.draw(charts.importances({"margin": 0.1, "lr": 0.7, "dropout": 0.2}))
    ax = figure.axes[0]
    assert [bar.get_width() for bar in ax.patches] == [0.7, 0.2, 0.1]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["lr", "dropout", "margin"]
    assert ax.yaxis_inverted()
    assert "0.700" in words(figure)


class TestDetectorBars:
    detectors = {  # noqa: RUF012
        "gbdt": {"auroc": (0.97, 0.96, 0.98), "ap": (0.49, 0.45, 0.52), "supervision": "supervised"},
        "kmeans": {"auroc": (0.55, 0.5, 0.6), "ap": (0.05, np.nan, np.nan), "supervision": "unsupervised"},
        "iforest": {"auroc": (0.6, 0.5, 0.7), "ap": (0.06, 0.05, 0.07), "supervision": "unsupervised"},
    }

    def test_grouped_by_supervision_then_by_ap(self):
        figure = plots.detector_bars(self.detectors)
        auroc, ap = figure.axes
        names = [t.get_text() for t in auroc.get_yticklabels()]
        assert names == ["iforest (unsupervised)", "kmeans (unsupervised)", "gbdt (supervised)"]
        assert [bar.get_width() for bar in auroc.patches] == [0.6, 0.55, 0.97]
        assert [bar.get_width() for bar in ap.patches] == [0.06, 0.05, 0.49]
        assert len({bar.get_facecolor() for bar in auroc.patches}) == 2
        assert (auroc.get_xlabel(), ap.get_xlabel()) == ("AUROC (mean and interval)", "AP (mean and interval)")

    def test_whiskers_are_the_interval(self):
        auroc, ap = plots.detector_bars(self.detectors).axes
        (whiskers,) = auroc.collections
        ends = [[x for x, _ in segment] for segment in whiskers.get_segments()]
        assert np.array(ends) == pytest.approx(np.array([[0.5, 0.7], [0.5, 0.6], [0.96, 0.98]]))
        drawn = [len(segment) for segment in ap.collections[0].get_segments()]
        assert drawn == [2, 0, 2]  # NaN bounds: no whisker


@pytest.mark.parametrize(
    "figure",
    [
        plots.class_frequencies({}),
        plots.score_histograms([], [], "Scores"),
        plots.flattened_histograms([], [1]),
        plots.roc_curves({}),
        plots.precision_recall_curves({}),
        learning_curves([], "AP"),
        optimisation_history([], "AP"),
        plots.draw(charts.importances({})),
        plots.detector_bars({}),
    ],
    ids=title,
)
def test_nothing_to_show_is_said_in_words(figure):
    assert title(figure)
    assert words(figure).startswith("No")
    assert not figure.axes[0].axison


def test_save_in_threads(tmp_path, scored):
    def render(i):
        make = (lambda: plots.roc_curves(scored), lambda: learning_curves(TRIALS, "AP"))[i % 2]
        return plots.save(make(), tmp_path / "new" / f"{i}.png")

    with ThreadPoolExecutor(4) as pool:
        files = list(pool.map(render, range(8)))
    shapes = [imread(file).shape[:2] for file in files]
    assert shapes[0] == (round(5.6 * 120), round(6.2 * 120))
    assert len(set(shapes)) == 2
    assert len({file.read_bytes() for file in files}) == 2


def test_imports_neither_engines_nor_pyplot():
    code = (
        "import sys, trainables.core.metrics; heavy = {'matplotlib'} & set(sys.modules); "
        "import analysis.plots; heavy |= {'launch'} & set(sys.modules); "
        "import launch.evaluation.bootstrap, launch.evaluation.published; "
        "print(sorted(heavy | {'ray', 'optuna', 'mlflow', 'torch', 'matplotlib.pyplot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
