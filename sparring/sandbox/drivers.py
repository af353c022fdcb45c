"""Where code of authors may run, and players made of it."""

from __future__ import annotations

from sparring.agents.artefact import Artefact, check_artefact
from sparring.agents.player import Player
from sparring.agents.program import GameInfo, ProgramPlayer
from sparring.agents.python_file import view_for
from sparring.agents.spec import Spec, load, parse_spec
from sparring.engine import Game
from sparring.errors import SparringError, UnknownName
from sparring.sandbox.budgets import within
from sparring.sandbox.clocked import ClockedProgram
from sparring.sandbox.identity import identity
from sparring.sandbox.isolation.registry import DRIVERS as SANDBOXES
from sparring.sandbox.limits import Limits
from sparring.sandbox.prepared import NOTHING, Prepared
from sparring.sandbox.program import SandboxProgram

DRIVERS = (*SANDBOXES, "trusted")
CONTAINERS = "docker"
"""How the names of drivers begin that run an author's image."""


def available_drivers() -> dict[str, str | None]:
    """Every driver: None if it works here, else a sentence about why not and how to get it."""
    return {**{name: driver.why_unavailable() for name, driver in SANDBOXES.items()}, "trusted": None}


def require_driver(driver: str) -> None:
    """Raise UnknownName if there is no such driver."""
    if driver not in DRIVERS:
        raise UnknownName("sandbox driver", driver, DRIVERS)


def why_unavailable(driver: str) -> str | None:
    """None if a driver works here, else a sentence about why not. Raises UnknownName."""
    require_driver(driver)
    return SANDBOXES[driver].why_unavailable() if driver in SANDBOXES else None


def load_player(
    spec: str | Spec,
    game: Game,
    seed: int = 0,
    driver: str = "trusted",
    limits: Limits | None = None,
    prepared: Prepared = NOTHING,
) -> Player:
    """The player that a spec names. Code of an author runs in the sandbox of ``driver``; ``trusted`` is none.

    ``prepared``: what a build has made for it. Without ``limits`` only what runs in a sandbox is on a clock.
    Raises SparringError with a sentence when the spec is wrong, or when the driver can't be used here: code is never
    run with less protection than was asked for.
    """
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    spec = spec if limits is None else within(spec, limits, driver)
    reason = why_unavailable(driver) if spec.is_code or driver not in DRIVERS else None
    player: Player
    if driver == "trusted" or not spec.is_code:
        player = load(spec, game, seed)
        if limits is not None and isinstance(player, ProgramPlayer):
            player.program = ClockedProgram(player.program, limits)
    elif reason is not None:
        raise SparringError(f"{spec.text} can't be played: code of others runs in a sandbox only. {reason}")
    else:
        player = sandboxed_player(
            check_artefact(spec.argument, not prepared.plain), game, limits or Limits(), driver, prepared
        )
    player.identity = identity(spec)  # type: ignore[attr-defined]  # see Player
    return player


def sandboxed_player(
    artefact: Artefact, game: Game, limits: Limits, driver: str, prepared: Prepared = NOTHING
) -> ProgramPlayer:
    """The program of a checked artefact, playing in a sandbox of ``driver``."""
    if artefact.is_image and not driver.startswith(CONTAINERS):
        raise SparringError(f"{artefact.path.name} is a container image: let it play with --sandbox {CONTAINERS}.")
    view = view_for(artefact, game)
    return ProgramPlayer(SandboxProgram(artefact, GameInfo.of(game), limits, prepared, driver), view)
