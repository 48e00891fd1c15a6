"""The small table of the launcher's tests."""

from tests.launch.conftest import data_dir

__all__ = ["data_dir"]
