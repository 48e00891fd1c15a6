"""A time limit stops code that runs, and code that waits."""

import time

import pytest

from trainables.core.errors import TrialTimeout
from trainables.training.time_limit import time_limit


def test_time_limit():
    with time_limit(None, "x"), time_limit(30.0, "outer"):
        pass
    start = time.process_time()  # of this process: a busy machine does not count

    def forever():
        while True:
            pass

    with pytest.raises(TrialTimeout, match="too long"), time_limit(0.05, "too long"):
        forever()
    assert time.process_time() - start < 5
    with pytest.raises(TrialTimeout), time_limit(-1.0, "spent already"):
        time.sleep(5)
