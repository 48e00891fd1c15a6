"""How successive halving stops trials: at which rounds, and how many go on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Halving:
    """How ASHA stops trials."""

    max_rounds: int
    """Rounds of a full trial."""
    grace: int = 1
    """Rounds that every trial gets."""
    factor: int = 4
    """One in so many goes on from each rung."""
    enabled: bool = True
    spared: int = 0
    """Rounds of the longest trial that is never stopped, where they are more."""
    above: float = 0.0
    """Seconds that a whole fit must take before any trial is stopped."""

    def expected_share(self, fit_seconds: float) -> float:
        """Share of all rounds that trials train where a whole fit takes so long; stopping left .36 to .45 on CelebA."""
        return 0.4 if self.rungs() and fit_seconds > self.above else 1.0

    def rungs(self) -> tuple[int, ...]:
        """Rounds at which trials are stopped."""
        if not self.enabled:
            return ()
        rungs, rung = [], self.grace
        while rung < self.max_rounds:
            rungs.append(rung)
            rung *= self.factor
        return tuple(rungs)
