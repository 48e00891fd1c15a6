"""Report, leaderboard, MLflow and optuna-dashboard in a real browser."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request

import pytest

from launch.common.environment import ROOT
from tests.launch.conftest import free_port, run_command, wait_for

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as started:
        one = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield one
        one.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory, data_dir):
    folder = tmp_path_factory.mktemp("pages")
    for detector in ("devnet", "kmeans"):
        given = ("--trials", 6, "--max-rounds", 3, "--confirm", 2, "--data-dir", data_dir, "--home", folder / "home")
        ended = run_command(detector, "celeba", "--name", detector, *given, cwd=folder)
        assert ended.code == 0, ended
    board = [sys.executable, str(ROOT / "analysis" / "leaderboard.py"), "--home", str(folder / "home")]
    subprocess.run(board, check=True, capture_output=True)
    return folder / "home"


@pytest.fixture
def page(browser):
    """Opens a page at a width; what it throws fails the test."""
    opened = []

    def at(url, width, scheme="light"):
        one = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        thrown = []
        one.on("pageerror", lambda error: thrown.append(str(error)))
        one.goto(url)
        opened.append((one, thrown))
        return one

    yield at
    for one, thrown in opened:
        one.close()
        assert thrown == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("where", ["studies/devnet.report.html", "leaderboard/leaderboard.html"])
def test_everything_is_drawn_and_nothing_hangs_over(page, home, where, width):
    one = page(f"file://{home / where}", width)
    for plot in one.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        one.wait_for_function("p => p.dataset.drawn === 'yes'", arg=plot.element_handle())
    assert one.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    hidden = """[...document.querySelectorAll('main .scroll')].filter(
        box => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1).length"""
    assert width > 700 or one.evaluate(hidden) == 0
    cut = """[...document.querySelectorAll('.xtitle, .ytitle')].filter(title => {
        const [own, plot] = [title, title.closest('.plot')].map(e => e.getBoundingClientRect());
        return own.right > plot.right + 1 || own.bottom > plot.bottom + 1;
    }).length"""
    assert one.evaluate(cut) == 0


@pytest.mark.parametrize("where", ["studies/devnet.report.html", "leaderboard/leaderboard.html"])
def test_paper_is_light_and_nothing_is_cut(page, home, where):
    one = page(f"file://{home / where}", 1440, "dark")
    one.evaluate("dispatchEvent(new Event('beforeprint'))")
    one.wait_for_function("[...document.querySelectorAll('.plot')].every(p => p.dataset.drawn === 'yes')")
    assert one.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    wide = "[...document.querySelectorAll('main table, main .plot svg')].map(e => e.getBoundingClientRect().right)"
    assert max(one.evaluate(wide)) <= 671
    assert one.locator("details:not([open])").count() == 0
    one.evaluate("dispatchEvent(new Event('afterprint'))")
    assert one.evaluate("document.documentElement.dataset.theme") == "dark"
    assert one.locator("details[open]").count() == 0


def test_a_head_sorts_its_table(page, home):
    one = page(f"file://{home}/studies/devnet.report.html", 1440)
    one.get_by_text("As a table").first.click()
    head = one.locator("#search thead th", has_text="seconds")
    head.get_by_role("button").focus()
    orders = {}
    for wanted in ("descending", "ascending", None):
        one.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == wanted
        orders[wanted] = [float(text) for text in one.locator("#search tbody td:nth-child(6)").all_text_contents()]
    assert orders["descending"] == sorted(orders[None], reverse=True)
    assert orders["ascending"] == sorted(orders[None])
    assert one.locator("#search tr.winner").count() == 1


def test_the_explorer_says_what_its_table_and_the_result_say(page, home):
    one = page(f"file://{home}/studies/devnet.report.html", 1440)
    said, cells = one.get_by_role("status").text_content(), one.locator(".explorer tbody td").all_text_contents()
    recall, false_alarms = cells[2], cells[6]
    assert f"finds {recall} of the anomalies with {false_alarms} false alarms" in said
    summary = json.loads((home / "studies" / "devnet.summary.json").read_text())["test"]["tuned"]
    for at, name in ((1, "precision_threshold"), (3, "recall_threshold")):
        assert cells[at] == f"{100 * summary[name]['mean']:.1f} %"


def test_click_through_a_report(page, home):
    one = page(f"file://{home}/studies/devnet.report.html", 1440, "dark")
    assert one.evaluate("document.documentElement.dataset.theme") == "dark"
    one.get_by_role("button", name="Light").click()
    assert one.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    one.get_by_role("link", name="Threshold explorer").click()
    said = one.get_by_role("status")
    first = said.text_content()
    slider = one.get_by_label("Rows called anomalous")
    slider.focus()
    for _ in range(5):
        one.keyboard.press("ArrowLeft")
    assert said.text_content() != first
    one.get_by_role("button", name="Back to the model's own threshold").click()
    assert said.text_content() == first
    one.get_by_text("As a table").first.click()
    assert one.locator("#search table").is_visible()


def test_keyboard_reaches_the_report(page, home):
    one = page(f"file://{home}/studies/devnet.report.html", 1440)
    one.keyboard.press("Tab")
    assert one.evaluate("document.activeElement.textContent") == "Skip to the report"
    one.keyboard.press("Enter")
    assert one.evaluate("document.activeElement.id") == "main"


@pytest.fixture(scope="module")
def servers(home):
    mlflow, studies = free_port(), free_port()
    command = [sys.executable, str(ROOT / "launch" / "ui.py"), "--home", str(home)]
    process = subprocess.Popen(
        [*command, "--port", str(mlflow), "--studies-port", str(studies)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    def answers():
        try:
            return [urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).status for port in (mlflow, studies)]
        except OSError:
            return None

    try:
        assert wait_for(answers) == [200, 200]
        yield f"http://127.0.0.1:{mlflow}", f"http://127.0.0.1:{studies}"
    finally:
        process.terminate()
        process.wait(30)


def test_mlflow_shows_finished_searches_best_first(page, servers):
    one = page(f"{servers[0]}/#/experiments/1/runs?viewStateShareKey=searches", 1440)
    one.get_by_text("final devnet").wait_for(timeout=60_000)
    rows = one.get_by_text("final ").all_text_contents()
    assert [row for row in rows if row in ("final devnet", "final kmeans")] == ["final devnet", "final kmeans"]
    assert one.get_by_text("test_tuned_ap").count()


def test_mlflow_shows_the_pictures_of_a_search(page, servers, home):
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{home}/mlflow.db")
    (run,) = client.search_runs(["1"], "tags.kind = 'search' and tags.study = 'devnet'")
    one = page(f"{servers[0]}/#/experiments/1/runs/{run.info.run_id}", 1440)
    one.get_by_text("Show more").first.click(timeout=60_000)
    shown = "[...document.images].filter(i => i.src.includes('get-artifact') && i.naturalWidth > 0).length"
    one.wait_for_function(f"{shown} >= 2", timeout=20_000)


def test_dashboard_shows_a_study(page, servers):
    one = page(f"{servers[1]}/dashboard", 1440)
    one.get_by_text("devnet").first.click(timeout=60_000)
    one.locator(".js-plotly-plot .scatterlayer").first.wait_for(timeout=60_000)
