"""Simulations as pictures: the frame that the environment renders, or a card with what is known about the match."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.games.outside.png import data_url
from sparring.games.svg import BOARD, CELL, FAINT, FIRST, LIGHT, SECOND, element, label, picture

SIDE = 480
FOOT = 56
MARGIN = 14
SHOWN = 8
"""Numbers of an observation on a card."""

NO_WINDOW = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
"""Most environments draw with pygame, which else looks for a screen and for a sound card."""

log = logging.getLogger(__name__)


class SimulationDrawing:
    """The names of a ``drawing.py`` for one environment; ``make`` makes a simulation that renders."""

    def __init__(self, title: str, make: Callable[[], Any]) -> None:
        self.title = title
        self._film = Film(title, make)

    def draw(self, view: dict[str, Any], size: int = 480, last_action: Any = None) -> str:
        """The environment's own frame, or a card; below it the steps played and what they brought."""
        frame = self._film.frame(view) if "_history" in view else None
        parts, height = _card(self.title, view) if frame is None else _embedded(frame, size)
        back = element("rect", class_="board", width=SIDE, height=height + FOOT, rx=28, fill=CELL)
        return picture(self._title(view), SIDE, height + FOOT, size, [back, *parts, *_foot(view, height)])

    def text(self, view: dict[str, Any]) -> str:
        """Steps and returns, for a terminal."""
        return f"{self.title}  step {view['ply']}  {_scores(view)}"

    def action_name(self, action: Any, options: dict[str, Any]) -> str:
        """Numbers: what they mean only the environment's manual knows."""
        if isinstance(action, list):
            return " ".join(f"{number:.3g}" for number in action)
        return f"action {action}"

    def _title(self, view: dict[str, Any]) -> str:
        return f"{self.title}: {'over' if view['over'] else 'running'} after {view['ply']} steps"


class Film:
    """Frames of matches. A simulation is kept where the last frame was taken, for the next one is mostly a step on."""

    def __init__(self, title: str, make: Callable[[], Any]) -> None:
        self._title, self._make = title, make
        self._simulation: Any = None
        self._seed = -1
        self._past: list[Any] = []
        self._dark = False
        self._lock = threading.Lock()

    def frame(self, view: dict[str, Any]) -> NDArray[np.uint8] | None:
        """uint8 [height, width, 3], or None if the environment does not render here."""
        with self._lock:
            if self._dark:
                return None
            try:
                self._wind(view["environment_seed"], view["_history"][: view["ply"]])
                return self._simulation.frame()  # type: ignore[no-any-return]
            except Exception as error:  # noqa: BLE001 - a stranger's renderer; a card does instead
                log.info("%s does not render here: %s", self._title, error)
                self._dark = True
                return None

    def _wind(self, seed: int, past: list[Any]) -> None:
        if self._simulation is None:
            os.environ.update(NO_WINDOW)
            self._simulation = self._make()
        shown = len(self._past)
        if seed != self._seed or past[:shown] != self._past:
            self._simulation.reset(seed)
            shown = 0
        for action in past[shown:]:
            self._simulation.step(np.asarray(action))
        self._seed, self._past = seed, past


def _embedded(frame: NDArray[np.uint8], size: int) -> tuple[list[str], float]:
    """The frame, with no more pixels than twice what is shown; and the height it takes, no more than its width."""
    step = max(1, max(frame.shape[:2]) // (2 * size))
    frame = frame[::step, ::step, :3]
    width = SIDE - 2 * MARGIN
    height = min(1.0, frame.shape[0] / frame.shape[1]) * width
    image = element("image", href=data_url(frame), x=MARGIN, y=MARGIN, width=width, height=height)
    return [image], height + MARGIN


def _card(title: str, view: dict[str, Any]) -> tuple[list[str], float]:
    """Name, and the first numbers of what the seat to move sees, as bars from the middle; and the card's height."""
    seen = np.asarray(view["_observations"][view["seat"]] if "_observations" in view else [], np.float64).ravel()
    parts = [label(title, SIDE / 2, 40, min(30, 700 / len(title)), fill=LIGHT, font_weight="600")]
    most = max(1.0, float(np.abs(seen[:SHOWN]).max(initial=0)))
    for row, number in enumerate(seen[:SHOWN].tolist()):
        parts += _number(number, number / most if np.isfinite(number) else 0.0, 78 + 36 * row)
    if len(seen) > SHOWN:
        parts.append(label(f"and {len(seen) - SHOWN} numbers more", SIDE / 2, 78 + 36 * SHOWN + 8, 17))
    return parts, 78 + 36 * min(SHOWN, len(seen)) + (30 if len(seen) > SHOWN else 0)


def _number(number: float, share: float, y: float) -> list[str]:
    middle, reach = 180, 140
    left = middle + min(0.0, share) * reach
    return [
        element("rect", class_="cell", x=middle - reach, y=y, width=2 * reach, height=26, rx=6, fill=BOARD),
        element(
            "rect", x=left, y=y, width=max(2.0, abs(share) * reach), height=26, fill=FIRST if share < 0 else SECOND
        ),
        label(f"{number:.4g}", 400, y + 13, 20, fill=LIGHT),
    ]


def _foot(view: dict[str, Any], top: float) -> list[str]:
    words = f"step {view['ply']} · {_scores(view)}"
    return [label(words, SIDE / 2, top + FOOT / 2, min(24, 700 / len(words)), fill=FAINT, class_="score")]


def _scores(view: dict[str, Any]) -> str:
    scores = " : ".join(f"{score:.6g}" for score in view["scores"])
    return f"return {scores}" if len(view["scores"]) == 1 else f"scores {scores}"
