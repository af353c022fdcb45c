"""How strong a model is: duels with agents, with intervals, and the probe of its game."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sparring.engine import Game, load_game
from sparring.errors import BadOption
from sparring.learning.evaluation.published import PlayedModel, published
from sparring.learning.probes import ProbeResult, probe_for
from sparring.matches import Duel, play_duel
from sparring.models import Registry
from sparring.sandbox import Limits, load_player

NORMAL_95 = 1.96


@dataclass(frozen=True)
class AgainstOne:
    """A model's duel with one agent."""

    agent: str
    share: float
    """Of the points, 0 to 1."""
    margin: float
    """Half the width of its 95 % interval; the two matches of a pair count as one observation."""
    wins: int
    draws: int
    losses: int
    faults: int
    """The model's own."""


@dataclass(frozen=True)
class Report:
    """What an evaluation found."""

    model: str
    game: Game
    duels: list[AgainstOne]
    probe: ProbeResult | None


def evaluate_model(
    reference: str,
    against: list[str],
    matches: int,
    seed: int = 0,
    tell: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
) -> Report:
    """Let a model of the registry, ``connect_four/ada@3``, fight each agent, and measure the probe of its game.

    ``tell`` hears what is done next; with ``limits`` both play on a clock. Raises UnknownName with the
    nearest model or agent, or SparringError.
    """
    registry = Registry()
    model = registry.find(reference.removeprefix("model:"))
    manifest = registry.manifest(model)
    game = load_game(manifest.game, dict(manifest.options))
    if against and game.seats != 2:
        raise BadOption(f"{game.title} is no game for two: there are no duels in it. Leave --against out.")
    duels = []
    for agent in against:
        tell(f"against {agent}")
        duels.append(_against(game, f"model:{model}", agent, matches, seed, limits))
    tell("probe")
    return Report(str(model), game, duels, _probe(str(model), game))


def _against(game: Game, model: str, agent: str, matches: int, seed: int, limits: Limits | None = None) -> AgainstOne:
    players = [load_player(model, game, seed=seed, limits=limits)]
    try:
        players.append(load_player(agent, game, seed=seed + 1, limits=limits))
        duel = play_duel(game, players, [model, agent], matches, seed)
    finally:
        for player in players:
            player.close()
    tally, pairs = duel.tally(), _pair_shares(duel)
    margin = NORMAL_95 * float(pairs.std(ddof=1)) / len(pairs) ** 0.5 if len(pairs) > 1 else 0.5
    return AgainstOne(agent, float(pairs.mean()), margin, tally.wins[0], tally.draws, tally.wins[1], tally.errors[0])


def _pair_shares(duel: Duel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The first player's share of the points of each pair, float64 [pairs]; a fault is a loss."""
    winners = [1 - bout.guilty[0] if len(bout.guilty) == 1 else bout.winner for bout in duel.bouts]
    points = np.array([0.5 if winner is None else float(winner == 0) for winner in winners])
    return np.array([pair.mean() for pair in np.array_split(points, -(-len(points) // 2))])


def _probe(model: str, game: Game) -> ProbeResult | None:
    probe = probe_for(game)
    if probe is None:
        return None
    known = published(model, game)
    probabilities = known.probabilities() if known.sees_the_present_alone else None
    return probe.measure(PlayedModel(model, game), probabilities, thorough=True)
