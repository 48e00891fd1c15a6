"""What every test relies on."""

from __future__ import annotations

import signal

import pytest

LONG = (
    "faults/test_driver_kills.py",  # waits for Ray, as every other one of these that searches on it
    "trainables/test_contract.py",
    "launch/backend/test_failures.py",
    "trainables/bases/test_pyod.py",
    "trainables/core/test_serving_needs.py",
    "trainables/networks/test_ae_networks.py",
    "trainables/networks/test_image_autoencoders.py",
    "launch/search/test_end_to_end.py",
    "launch/study/test_samplers.py",
    "launch/search/test_stopped.py",
    "launch/test_report.py",
    "launch/search/test_images.py",
    "launch/test_api.py",
    "launch/backend/test_preflight.py",
    "launch/search/test_resume.py",
    "faults/test_cut_short.py",
)
"""The longest files, those that wait between those that compute. They start first: no process ends with one alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others in their order."""
    places = {f"tests/{name}": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal():
    """A shell that starts the tests in the background ignores SIGINT for them, and `nohup` SIGHUP.

    Processes that tests start would inherit that, and wait for a signal that never comes.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    for number, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(number, usual[number])
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
