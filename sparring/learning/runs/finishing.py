"""From a run's end to its result."""

from __future__ import annotations

from sparring.learning.evaluation.examiner import Examiner
from sparring.learning.learner import Learner
from sparring.learning.runs.folder import Run
from sparring.learning.runs.progress import Progress, RunResult
from sparring.learning.runs.publishing import publish, snapshot
from sparring.models import ModelRef


def finish_run(run: Run, learner: Learner, examiner: Examiner, progress: Progress, status: str) -> RunResult:
    """Write down how the run ended: a run that is done is measured and published, one that was stopped can go on.

    A learner that diverged or collapsed leaves the checkpoints before that as they are. Raises SparringError when the
    disk is full; the run can then go on later, and ends at once.
    """
    metrics: dict[str, float] = {}
    model: ModelRef | None = None
    if status in ("done", "stopped"):
        run.checkpoint(learner)
    if status == "done":
        metrics = examiner.final(learner, progress) | learner.final_metrics()
        run.record(learner, metrics)
        model = _published(run, learner, examiner, metrics)
    result = RunResult(run.name, run.folder, status, learner.steps, learner.seconds, metrics, model)
    run.note(f"The run is {status} after {learner.steps} steps in {learner.seconds:.0f} s.")
    document = {"status": status, "steps": learner.steps, "seconds": learner.seconds, "metrics": metrics}
    run.write_result({**document, "model": None if model is None else str(model)})
    return result


def _published(run: Run, learner: Learner, examiner: Examiner, metrics: dict[str, float]) -> ModelRef | None:
    """The model of a run that is done: what it has learned, or where versions have to beat the last one the best."""
    if examiner.promoter is not None:
        return examiner.promoter.final(learner)
    return publish(snapshot(learner), f"{learner.game.name}/{run.name}", metrics)
