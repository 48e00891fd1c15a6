"""Learning rates that fall in steps."""

from __future__ import annotations

import numpy as np
import pytest

from trainables.components.schedules import stepped


def test_steps_are_shares_of_the_run():
    rates = [stepped(1.0, (0.5, 0.75), epoch, 8) for epoch in range(8)]
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    assert [stepped(1.0, (1 / 3,), epoch, 150) for epoch in (49, 50)] == [1.0, pytest.approx(0.1)]
    assert stepped(1.0, (), 7, 8) == 1.0
