"""The house agents of each game: opponents of rising strength that are there before anybody submits."""

from __future__ import annotations

from sparring.agents.exact.policies import why_not_solved
from sparring.agents.mcts import suitable_depth
from sparring.agents.scripted import SCRIPTS
from sparring.agents.searcher import why_no_mcts, why_no_minimax
from sparring.engine import Game

_DEPTHS = (1, 2, 4)
_SIMULATIONS = (50, 200, 800)
_LINES = 10**8
"""No house agent looks at more lines of play than this, so that none makes the others wait."""
_PLIES = 10**6
"""Nor plays through more plies at random in a match, its thinking taken together."""
_FEW_LINES = 30_000
"""Lines of play that minimax looks through in no time."""


def house_agents(game: Game) -> list[tuple[str, str]]:
    """Name and spec of each house agent of the game, the weakest of a kind first.

    >>> from sparring.engine import load_game
    >>> house_agents(load_game("rock_paper_scissors"))[:2]
    [('random', 'random'), ('always-rock', 'scripted:always-rock')]
    """
    agents = [("random", "random")]
    agents += [(name, f"scripted:{name}") for name in SCRIPTS.get(game.name, {})]
    if why_no_minimax(game) is None:
        depths = [depth for depth in _DEPTHS if _branching(game) ** depth < _LINES]
        agents += [(f"minimax-{depth}", f"minimax:depth={depth}") for depth in depths]
    if why_no_mcts(game) is None:
        bearable = [simulations for simulations in _SIMULATIONS if simulations * _thought(game) < _PLIES]
        agents += [(f"mcts-{simulations}", f"mcts:simulations={simulations}") for simulations in bearable]
    if why_not_solved(game) is None:
        agents.append(("solver", "solver"))
    return agents


def quick_minimax(game: Game) -> str | None:
    """The spec of the deepest minimax that answers many positions in no time; None where there is none.

    >>> from sparring.engine import load_game
    >>> quick_minimax(load_game("connect_four")), quick_minimax(load_game("rock_paper_scissors"))
    ('minimax:depth=4', None)
    """
    if why_no_minimax(game) is not None:
        return None
    bearable = [depth for depth in _DEPTHS if _branching(game) ** depth < _FEW_LINES]
    return f"minimax:depth={bearable[-1]}" if bearable else None


def _branching(game: Game) -> int:
    """How many actions a usual position allows, where the rules say it, else how many there are at all."""
    return int(getattr(game.rules, "BRANCHING", game.num_actions))


def _thought(game: Game) -> int:
    """How many plies one simulation a move plays through in a match, where the rules say how long a match is.

    A ply of several heads counts as one for each: so many choices are weighed.
    """
    match = int(getattr(game.rules, "PLIES", 1))
    return match * min(match, suitable_depth(game) or 1) * len(game.heads)
