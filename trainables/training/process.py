"""What a worker process sets and measures of itself."""

from __future__ import annotations

import os
import resource
import sys

from threadpoolctl import threadpool_limits


def set_threads(n: int) -> None:
    """Give numeric libraries `n` threads in this process: more than a trial's cores is many times slower."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(n)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(n)
    threadpool_limits(n)


def peak_memory_mb() -> float:
    """Largest resident size of this process so far, in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20) if sys.platform == "darwin" else size / 1024
