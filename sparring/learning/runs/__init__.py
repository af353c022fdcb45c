"""Runs: their folders, checkpoints, progress and results."""

from sparring.learning.runs.folder import Run, open_run, read_config, run_names
from sparring.learning.runs.progress import Progress, RunResult

__all__ = ["Progress", "Run", "RunResult", "open_run", "read_config", "run_names"]
