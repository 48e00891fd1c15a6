"""What trials run on: this process, this machine or a cluster; checked before there is a record."""

from __future__ import annotations

import os

import torch

from datasets.problems.problem import Problem
from datasets.wording import counted
from launch.backend import ray_folder
from launch.backend.engine import Engine
from launch.backend.local import LocalEngine
from launch.backend.ray_engine import RayEngine
from launch.common.errors import UsageError
from launch.config.options import TuneOptions


def check_resources(options: TuneOptions) -> None:
    """Refuse what this machine cannot give a single trial; a cluster is asked when it is joined."""
    if options.address or options.local:
        return
    ray_folder.say_where()
    cores = os.cpu_count() or 1
    if options.cpus_per_trial > cores:
        raise UsageError(f"--cpus-per-trial {options.cpus_per_trial:g}: this machine has {counted(cores, 'core')}")
    if options.gpus_per_trial and options.gpus_per_trial > (gpus := torch.cuda.device_count()):
        raise UsageError(
            f"--gpus-per-trial {options.gpus_per_trial:g}: torch sees {counted(gpus, 'GPU')} on this machine"
        )


def start_engine(options: TuneOptions, problem: Problem) -> Engine:
    """The engine that the options ask for."""
    if options.local:
        return LocalEngine(max(1, int(options.cpus_per_trial)))
    return RayEngine(
        address=options.address,
        concurrent=options.concurrent,
        cpus=options.cpus_per_trial,
        gpus=options.gpus_per_trial,
        data_bytes=problem.development.X.nbytes * options.splits_per_trial,
    )
