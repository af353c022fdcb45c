"""Where work beside a run runs."""

from sparring.errors import BadOption
from sparring.learning.executors.executor import Crashed, Executor, Handle
from sparring.learning.executors.local import LocalExecutor

__all__ = ["Crashed", "Executor", "Handle", "LocalExecutor", "executor_named"]


def executor_named(name: str, workers: int) -> Executor:
    """The executor of a setting ``executor``. Raises BadOption."""
    if name != "local":
        raise BadOption(f"There is no executor {name}; there is local.")
    return LocalExecutor(workers)
