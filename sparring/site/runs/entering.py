"""Versions that runs have published come onto the ladders of this arena."""

from __future__ import annotations

import logging

from sparring.errors import SparringError
from sparring.learning.runs.promotions import word_of_promotions
from sparring.site.ladders.entry import enter_version

log = logging.getLogger(__name__)


def enter_promoted() -> int:
    """Enter what runs have published since the last look; how many versions. What can't be entered is logged."""
    entered = 0
    for path, promoted in word_of_promotions():
        try:
            enter_version(
                promoted.agent,
                promoted.game,
                f"model:{promoted.model}",
                note=f"run {promoted.agent}",
                metrics=promoted.metrics,
                options=promoted.options,
            )
            entered += 1
        except SparringError as error:
            log.warning("%s can't enter a ladder: %s", promoted.model, error)
        path.unlink(missing_ok=True)
    return entered
