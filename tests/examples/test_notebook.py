"""The notebook is committed clean, and runs from top to bottom."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.launch.conftest import HANG

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "examples" / "notebook.ipynb"


@pytest.fixture
def notebook():
    return nbformat.read(PATH, as_version=nbformat.NO_CONVERT)


def test_the_notebook_is_clean(notebook):
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        assert cell.cell_type == "markdown" or (cell.outputs == [] and cell.execution_count is None), cell.id


@pytest.mark.slow
def test_the_notebook_runs(notebook, home):
    (place,) = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ())]
    given = nbformat.v4.new_code_cell(f"home = {str(home)!r}\ntrials = 3", id="given")
    notebook.cells.insert(place + 1, given)  # as papermill does
    NotebookClient(notebook, timeout=HANG, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()

    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    logs = [o.text for shown in outputs.values() for o in shown if o.output_type == "stream"]
    # Ray and tqdm say once, when they are imported, that they would like ipywidgets
    assert not [text for text in logs if "ipywidgets" not in text], "warnings and logs hide the results"
    assert "sealed test rows" in html(outputs["search"])
    assert "auroc" in html(outputs["metrics"])
    assert html(outputs["trials"]).count("<tr") == 1 + 3
    assert [o for o in outputs["plot"] if "image/png" in o.get("data", {})]
    assert str(home) in outputs["report"][0].data["text/plain"]
    assert "probability" in html(outputs["predict"])
    assert "ecod" in html(outputs["compare"])
    assert "knn" in html(outputs["compare"])


def html(outputs):
    return "".join(output.data.get("text/html", "") for output in outputs if "data" in output)
