"""A home to search in."""

from tests.launch.conftest import empty_store, home  # noqa: F401
