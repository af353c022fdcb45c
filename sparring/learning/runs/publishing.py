"""From a learner to a model in the registry, and from a run's end to its result."""

from __future__ import annotations

import torch

import sparring
from sparring.learning.evaluation.examiner import Examiner
from sparring.learning.learner import Learner
from sparring.learning.runs.folder import Run
from sparring.learning.runs.progress import Progress, RunResult
from sparring.models import ModelRef, Registry, manifest_for


def publish(learner: Learner, name: str, metrics: dict[str, float], parent: ModelRef | None = None) -> ModelRef:
    """Publish what was learned as the next version of ``name``: the learner's files and a manifest.

    Raises SparringError when the ONNX form does not answer what the network answers.
    """
    config = learner.config
    manifest = manifest_for(
        learner.game,
        plays=learner.plays,
        parent=None if parent is None else str(parent),
        algorithm=config.algorithm.name,
        training=config.model_dump(mode="json"),
        metrics=metrics,
        data={"run": config.name, "first_step": 0, "last_step": learner.steps, "updates": learner.update},
        software={"sparring": sparring.__version__, "torch": torch.__version__},
    )
    return Registry().publish(name, learner.model_files(), manifest)


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
        model = publish(learner, f"{learner.game.name}/{run.name}", metrics)
    result = RunResult(run.name, run.folder, status, learner.steps, learner.seconds, metrics, model)
    run.note(f"The run is {status} after {learner.steps} steps in {learner.seconds:.0f} s.")
    document = {"status": status, "steps": learner.steps, "seconds": learner.seconds, "metrics": metrics}
    run.write_result({**document, "model": None if model is None else str(model)})
    return result
