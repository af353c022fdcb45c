"""Fights and bodies: against scripted opponents, against a learner that knows what to beat, and alone."""

from __future__ import annotations

from typing import Any

from proofs.presets import PRESETS
from proofs.training import Trained, share_of_points, train

FIGHT_BASELINE = "scripted:all-rounder"
IDLE = "scripted:still"
MATCHES = 400


def nh_fight(seed: int, minutes: float) -> dict[str, Any]:
    """Against the strongest script, which is what is promised; and what an exploiter of it wins, which is told."""
    trained = train("nh_fight", seed, minutes, PRESETS["nh_fight"])
    points = share_of_points(trained.game, trained.spec, FIGHT_BASELINE, MATCHES, seed)
    exploiter = train("nh_fight", seed + 100, minutes, PRESETS["nh_fight"], against(trained))
    taken = share_of_points(trained.game, exploiter.spec, trained.spec, MATCHES, seed)
    measured = {"points_against_script": points, "points_of_exploiter": taken}
    return {**measured, "curve": trained.curve, "met": points > 0.9}


def against(trained: Trained) -> dict[str, object]:
    """Settings of a run in which every match is against one model."""
    chosen = {"opponents.targets.agents": f"['{trained.spec}']", "opponents.targets.share": 1.0}
    return {**chosen, "opponents.past.share": 0.0, "opponents.scripted.share": 0.0}


def robosumo(seed: int, minutes: float) -> dict[str, Any]:
    trained = train("robosumo", seed, minutes, PRESETS["robosumo"])
    points = {
        name: share_of_points(trained.game, trained.spec, opponent, MATCHES, seed)
        for name, opponent in (("points_against_idle", IDLE), ("points_against_random", "random"))
    }
    return {**points, "curve": trained.curve, "met": min(points.values()) > 0.95}


def cartpole(seed: int, minutes: float) -> dict[str, Any]:
    """The most likely action, in episodes that the run was not trained on."""
    trained = train("gym:CartPole-v1", seed, minutes, PRESETS["cartpole"])
    found = trained.probed()
    measured = {"mean_return": found.value, "least_return": found.details["least_return"], "episodes": found.positions}
    return {**measured, "curve": trained.curve, "met": found.value >= 475}
