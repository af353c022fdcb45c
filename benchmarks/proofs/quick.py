"""The preset `quick` of every game: three minutes, after which the agent is decent.

Decent means: far better than random play where that loses, hard to exploit where good play mixes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from proofs.mixed import of_the_run
from proofs.row import Row
from proofs.training import share_of_points, train
from sparring.agents.exact.exploitability import exploitability

MATCHES = 400
AGAINST_RANDOM = {
    "chess": 0.6,
    "connect_four": 0.95,
    "hex": 0.95,
    "liars_dice": 0.6,
    "nh_fight": 0.9,
    "othello": 0.85,
    "pong": 0.9,
    "quarto": 0.85,
    "robosumo": 0.6,
    "snakes": 0.75,
    "tic_tac_toe": 0.9,
}
"""The least share of the points, 0 to 1. Chance has its say in liar's dice; three minutes teach little chess."""
EXPLOITED = {"kuhn_poker": 0.05, "leduc_poker": 0.5}
"""What a best answer may win of a hand. Uniform play loses .46 and 2.4."""
FROM_NASH = {"matrix_game": 0.02, "rock_paper_scissors": 0.05}
LEAST_RETURN = 475


def quick_rows() -> list[Row]:
    """A row a game, by the game's name."""
    by_game = {
        game: Row(
            f"quick_{game}",
            game,
            3,
            f"{least:.0%} of the points against random",
            "{points_against_random:.1%}",
            partial(beats_random, game=game, least=least),
        )
        for game, least in AGAINST_RANDOM.items()
    }
    for game, most in EXPLOITED.items():
        promised = f"exploitability below {most:g}"
        by_game[game] = Row(
            f"quick_{game}", game, 3, promised, "{exploitability:.3f}", partial(mixes, game=game, most=most)
        )
    for game, most in FROM_NASH.items():
        promised = f"within {most:g} of Nash"
        by_game[game] = Row(f"quick_{game}", game, 3, promised, "{probed:.3f}", partial(probes, game=game, most=most))
    promised = f"mean return of at least {LEAST_RETURN}"
    pole = "gym:CartPole-v1"
    by_game[pole] = Row(
        "quick_cartpole", pole, 3, promised, "{probed:.1f}", partial(probes, game=pole, least=LEAST_RETURN)
    )
    return [by_game[game] for game in sorted(by_game)]


def beats_random(seed: int, minutes: float, game: str, least: float) -> dict[str, Any]:
    trained = train(game, seed, minutes, "quick")
    points = share_of_points(trained.game, trained.spec, "random", MATCHES, seed)
    return {"points_against_random": points, "met": points >= least}


def mixes(seed: int, minutes: float, game: str, most: float) -> dict[str, Any]:
    trained = train(game, seed, minutes, "quick")
    found = exploitability(trained.game, trained.probabilities)
    return {"exploitability": found, "of_the_run": of_the_run(trained), "met": found < most}


def probes(
    seed: int, minutes: float, game: str, least: float = -float("inf"), most: float = float("inf")
) -> dict[str, Any]:
    """What the game's probe says of the model."""
    found = train(game, seed, minutes, "quick").probed().value
    return {"probed": found, "met": least <= found <= most}
