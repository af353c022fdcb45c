"""The house agents of each game: opponents of rising strength that are there before anybody submits."""

from __future__ import annotations

from sparring.agents.scripted import SCRIPTS
from sparring.agents.searcher import why_not_searchable
from sparring.engine import Game

_DEPTHS = (1, 2, 4)
_SIMULATIONS = (50, 200, 800)
_LINES = 10**8
"""No house agent looks at more lines of play than this, so that none makes the others wait."""


def house_agents(game: Game) -> list[tuple[str, str]]:
    """Name and spec of each house agent of the game, the weakest of a kind first.

    >>> from sparring.engine import load_game
    >>> house_agents(load_game("rock_paper_scissors"))[:2]
    [('random', 'random'), ('always-rock', 'scripted:always-rock')]
    """
    agents = [("random", "random")]
    agents += [(name, f"scripted:{name}") for name in SCRIPTS.get(game.name, {})]
    if why_not_searchable(game) is None:
        depths = [depth for depth in _DEPTHS if game.num_actions**depth < _LINES]
        agents += [(f"minimax-{depth}", f"minimax:depth={depth}") for depth in depths]
        agents += [(f"mcts-{simulations}", f"mcts:simulations={simulations}") for simulations in _SIMULATIONS]
    return agents
