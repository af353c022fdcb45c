"""From versions to players: house and learner in this process, everybody else in the sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from sparring import sandbox
from sparring.agents import Player
from sparring.engine import Game
from sparring.errors import HostTrouble, MissingExtra, SparringError
from sparring.sandbox import Limits
from sparring.site.submissions import containers
from sparring.site.submissions.models import Version, VersionWork

LOOK_AGAIN_SECONDS = 30.0
NO_SANDBOX_PAUSE = timedelta(seconds=60)
SANDBOXES_READY = 2
"""How many wait for agents in a worker that has needed one."""
NO_CONTAINERS = "Images need the sandbox driver docker; see SPARRING_SANDBOX."
NO_DRIVER = "No sandbox works here. See: sparring doctor"
_looked: dict[tuple[tuple[str, ...], bool], tuple[float, str, str | None]] = {}
"""(Drivers, whether to attack them) -> when they were looked at, the one to take, and why there is none."""


class CannotLoad(SparringError):
    """There is no player to be made of this version: its model or its file is gone, or does not fit the game."""

    def __init__(self, version: Version, sentence: str) -> None:
        super().__init__(f"{version.label} can't be loaded: {sentence}")
        self.version = version


def missing_sandbox(attack: bool = True) -> str | None:
    """None when submissions can run here, else a sentence that says why not and what to do. Looked up now and then.

    A sandbox that has let one of our own attacks through is none. The first look on a machine takes half a minute;
    without ``attack`` it is believed until it was attacked.
    """
    return _look(attack, tuple(settings.SANDBOX_DRIVERS))[1]


def missing_sandbox_for(version: Version) -> str | None:
    """The same for one version; images need a driver that plays images."""
    return missing_containers() if version.container else missing_sandbox()


def missing_containers(attack: bool = True) -> str | None:
    """None when container images can run here, else a sentence that says why not."""
    return _look(attack, containers.drivers())[1]


def playable_here(*paths: str) -> Q:
    """What this worker leases: whatever needs no container, and where Docker works here that too.

    ``paths``: where the rows have their versions, ``first__`` for one.
    """
    if not Version.objects.filter(container=True).exists() or missing_containers(attack=False) is None:
        return Q()
    return Q(*(~Q(**{f"{path}container": True}) for path in paths))


def waits_for_sandbox(work: VersionWork) -> bool:
    """Whether work on a submission, leased, had to be put back because there is no sandbox here. Raises LateAnswer."""
    sentence = missing_sandbox_for(work.version)
    if sentence is not None:
        work.wait(work.attempt, NO_SANDBOX_PAUSE, f"Waiting for a sandbox. {sentence}")
    return sentence is not None


def sandbox_driver() -> str:
    """The driver that submissions run in."""
    return _look(attack=True, drivers=tuple(settings.SANDBOX_DRIVERS))[0]


def _look(attack: bool, drivers: tuple[str, ...]) -> tuple[str, str | None]:
    """The first of ``drivers`` that holds all attacks off, and None; else why the first one doesn't."""
    if not drivers:
        return "", NO_CONTAINERS
    when, driver, sentence = _looked.get((drivers, attack), (float("-inf"), "", NO_DRIVER))
    if time.monotonic() - when > LOOK_AGAIN_SECONDS:
        reasons = {}
        for driver in drivers:
            reasons[driver] = sandbox.why_unsafe(driver, attack)
            if reasons[driver] is None:
                break
        good = [name for name, reason in reasons.items() if reason is None]
        driver = (good or drivers)[0]
        sentence = reasons[driver]
        _looked[drivers, attack] = time.monotonic(), driver, sentence
    return driver, sentence


def _driver_for(version: Version) -> str:
    if version.container:
        return _look(attack=True, drivers=containers.drivers())[0]
    return sandbox_driver() if version.untrusted else "trusted"


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
    driver = _driver_for(version)
    if version.untrusted and not version.container:
        sandbox.keep_ready(driver, SANDBOXES_READY)
    try:
        spec, prepared = version.player_spec(), version.prepared()
        return sandbox.load_player(spec, game, seed=seed, driver=driver, limits=limits, prepared=prepared)
    except (MissingExtra, HostTrouble):
        raise
    except SparringError as error:
        raise CannotLoad(version, str(error)) from error
