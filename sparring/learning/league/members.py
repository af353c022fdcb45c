"""The exploiters of a league: their configurations, and their training in a process of their own.

An exploiter trains in *generations*. Each is an ordinary run, ``ada.main-exploiter-1.3``. It is done when it has beaten
whom it is against, or after a timeout; then it enters the pool of the league, and the next generation begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from sparring.engine import home
from sparring.errors import SparringError
from sparring.learning.configuration import Schedule, TrainConfig
from sparring.learning.configuration.configure import configure
from sparring.learning.configuration.league import LeagueSettings
from sparring.learning.configuration.opponents import LatestSettings, OpponentSettings, PastSettings, PoolSettings
from sparring.learning.opponents.other_runs import file_to_meet
from sparring.learning.runs.checkpoints import checkpoint_folders
from sparring.learning.runs.progress import Progress
from sparring.learning.runs.whole_files import write_atomically

Role: TypeAlias = Literal["main-exploiter", "league-exploiter"]

ENOUGH = 100
"""Matches that say whether an exploiter has beaten whom it is against."""
NEVER = 1e9


@dataclass(frozen=True)
class Ended:
    """How a generation ended."""

    run: str
    why: Literal["beaten", "timeout"]
    share: float
    """Of the points, against whom it was."""
    updates: int


@dataclass(frozen=True)
class Member:
    """An exploiter of the main agent's run, by its number, 1 and up."""

    main: str
    role: Role
    number: int

    @property
    def name(self) -> str:
        return f"{self.main}.{self.role}-{self.number}"

    @property
    def kind(self) -> str:
        """The kind of opponents that it is judged by."""
        return "latest" if self.role == "main-exploiter" else "pool"

    def run(self, generation: int) -> str:
        """The name of the run of a generation."""
        return f"{self.name}.{generation}"


def members(config: TrainConfig) -> list[Member]:
    """The exploiters beside a run."""
    settings = config.league
    return [
        *(Member(config.name, "main-exploiter", number + 1) for number in range(settings.main_exploiters)),
        *(Member(config.name, "league-exploiter", number + 1) for number in range(settings.league_exploiters)),
    ]


def configuration(main: TrainConfig, member: Member, generation: int, base: str) -> TrainConfig:
    """How a generation of an exploiter trains; ``base`` names the weights that it begins with, empty: new ones.

    Raises UnknownName or BadOption for a preset that can't be.
    """
    settings = main.league
    preset = settings.main_exploiter_preset if member.role == "main-exploiter" else settings.league_exploiter_preset
    said = {f"options.{key}": value for key, value in main.options.items()}
    own = configure(main.game, said, preset) if preset else main
    wholly = Schedule(1)
    if member.role == "main-exploiter":
        against = OpponentSettings(past=_nobody(), latest=LatestSettings(share=wholly, run=main.name, reload_every=1))
    else:
        pool = PoolSettings(share=wholly, runs=(main.name, f"{main.name}.*"), scheme="pfsp", weighting="hard")
        against = OpponentSettings(past=_nobody(), pool=pool)
    place = generation * 1000 + member.number + (500 if member.role == "league-exploiter" else 0)
    seed = (main.seed + 7919 * place) % 2**31
    return beside(own, member.run(generation), seed, settings.timeout, against).model_copy(update={"start_from": base})


def beside(own: TrainConfig, name: str, seed: int, updates: int, opponents: OpponentSettings) -> TrainConfig:
    """A configuration for a run that trains beside another: for so many updates, unmeasured, unpublished."""
    limits = {"minutes": None, "steps": None, "updates": updates + 1, "stop_when": "", "promote": False}
    quiet = own.evaluation.model_copy(update={"probe_seconds": NEVER, "duel_seconds": NEVER})
    return own.model_copy(
        update={
            **limits,
            "name": name,
            "description": "Trained beside another run.",
            "seed": seed,
            "threads": 1,
            "start_from": "",
            "opponents": opponents,
            "league": LeagueSettings(),
            "evaluation": quiet,
        }
    )


def train_generation(document: str, kind: str, beaten: float, timeout: int) -> Ended:
    """Train one generation, a TrainConfig as JSON, until it is done; goes on where a crashed process left it."""
    from sparring.learning.train import train_until  # which itself begins leagues

    config = TrainConfig.model_validate_json(document)
    share, updates = 0.0, 0

    def done(progress: Progress) -> bool:
        nonlocal share, updates
        share, updates = progress.metrics.get(f"opponents/{kind}", 0.0), progress.update
        enough = progress.metrics.get(f"opponents/{kind}/matches", 0.0) >= ENOUGH
        return (enough and share > beaten) or updates >= timeout

    folder = home() / "runs" / config.name
    result = train_until(config, done, resume=bool(checkpoint_folders(folder)))
    if result.status == "diverged":
        raise SparringError(f"The exploiter {config.name} diverged: its loss is no number any more.")
    enter_pool(folder)
    return Ended(config.name, "beaten" if share > beaten and updates < timeout else "timeout", share, updates)


def enter_pool(folder: Path) -> None:
    """Make what the run in ``folder`` has learned by now one of the past that others can meet."""
    latest = checkpoint_folders(folder)[-1]
    write_atomically(folder / "past" / f"{latest.name}.safetensors", (latest / file_to_meet(folder.name)).read_bytes())


def _nobody() -> PastSettings:
    return PastSettings(share=Schedule(0))
