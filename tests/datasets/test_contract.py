import pytest

from datasets import catalog
from tests.datasets.contract import DatasetContract


@pytest.mark.parametrize("name", list(catalog.CATALOG), scope="class")
class TestCatalogue(DatasetContract):
    @pytest.fixture(scope="class")
    def row(self, name):
        return catalog.find(name)

    @pytest.fixture(scope="class")
    def dataset(self, row, request, tmp_path_factory):
        folder = request.getfixturevalue("data_dir") if row.files else tmp_path_factory.mktemp("nothing")
        return catalog.load(row.name, folder, download=False, allow_standin=False)
