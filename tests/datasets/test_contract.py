import pytest

from datasets.catalog import catalog, files
from datasets.tables.named import load
from tests.datasets.contract import DatasetContract

TABLES = [row for row in catalog.CATALOG.values() if row.modality == "tabular"]
UNDER = [(row.name, protocol) for row in TABLES for protocol in row.protocols]


@pytest.mark.parametrize(("name", "protocol"), UNDER, scope="class")
class TestCatalogue(DatasetContract):
    @pytest.fixture(scope="class")
    def row(self, name):
        return catalog.find(name)

    @pytest.fixture(scope="class")
    def dataset(self, row, request, tmp_path_factory):
        folder = request.getfixturevalue("data_dir") if row.files else tmp_path_factory.mktemp("nothing")
        if row.files and all(files.locate(file.name, folder) is None for file in row.files):
            pytest.skip(f"the file of {row.name} is not here")
        return load(row.name, folder, download=False, allow_standin=False)
