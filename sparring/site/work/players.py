"""From versions to players: house and learner in this process, everybody else in the sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sparring import sandbox
from sparring.agents import Player
from sparring.engine import Game
from sparring.errors import HostTrouble, MissingExtra, SparringError
from sparring.sandbox import Limits
from sparring.site.submissions.models import Version

DRIVER = "bubblewrap"

LOOK_AGAIN_SECONDS = 30.0
_looked: dict[str, tuple[float, str | None]] = {}


class CannotLoad(SparringError):
    """There is no player to be made of this version: its model or its file is gone, or does not fit the game."""

    def __init__(self, version: Version, sentence: str) -> None:
        super().__init__(f"{version.label} can't be loaded: {sentence}")
        self.version = version


def missing_sandbox() -> str | None:
    """None when submissions can run here, else a sentence that says why not and what to do. Looked up now and then."""
    when, answer = _looked.get(DRIVER, (float("-inf"), None))
    if time.monotonic() - when > LOOK_AGAIN_SECONDS:
        answer = sandbox.available_drivers().get(DRIVER, f"This Sparring has no sandbox driver '{DRIVER}'.")
        _looked[DRIVER] = time.monotonic(), answer
    return answer


@contextmanager
def open_players(
    game: Game, versions: list[Version], seed: int, limits: Limits | None = None
) -> Iterator[list[Player]]:
    """Load one player for each version, and close them at the end. Raises CannotLoad, or MissingExtra and
    HostTrouble, which are this machine's."""
    players: list[Player] = []
    try:
        for index, version in enumerate(versions):
            players.append(open_player(game, version, seed + index, limits))
        yield players
    finally:
        for player in players:
            player.close()


def open_player(game: Game, version: Version, seed: int, limits: Limits | None = None) -> Player:
    """The player of a version: submissions in the sandbox, our own here. Raises as ``open_players`` does."""
    driver = DRIVER if version.untrusted else "trusted"
    try:
        spec, prepared = version.player_spec(), version.prepared()
        return sandbox.load_player(spec, game, seed=seed, driver=driver, limits=limits, prepared=prepared)
    except (MissingExtra, HostTrouble):
        raise
    except SparringError as error:
        raise CannotLoad(version, str(error)) from error
