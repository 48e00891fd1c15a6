"""What the process has imported from which writers are forked: all that storing runs and registering a model needs."""

import mlflow.pyfunc
import mlflow.store.model_registry.sqlalchemy_store
import mlflow.store.tracking.sqlalchemy_store
import skops.io
from mlflow.utils import requirements_utils

import launch.tracking.event_writer
import tests.launch.forked_writer
import trainables.core.serving

__all__ = ["launch", "mlflow", "skops", "tests", "trainables"]

requirements_utils.warn_dependency_requirement_mismatches(["mlflow"])  # it learns which module is of which package
