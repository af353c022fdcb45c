"""What an algorithm needs of a game and a configuration, each refused in a sentence where it isn't so."""

from __future__ import annotations

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import TrainConfig
from sparring.learning.learner import Learner


def require_one_or_two_seats(game: Game) -> None:
    """Raise BadOption for a game of more seats: whose gain would be whose loss there?"""
    if game.seats > 2:
        raise BadOption(f"This algorithm learns games for one or two; {game.title} has {game.seats} seats.")


def require_plain_network(config: TrainConfig, but_for: str = "") -> None:
    """Raise BadOption for what is asked of network or play, and would be ignored by a learner with a plain network."""
    asked = {
        f"network.{name}": getattr(config.network, name) for name in ("dropout", "memory", "privileged", "bearings")
    }
    asked |= {"network.normalise": config.network.normalise and but_for != "normalise"}
    asked |= {"play.frames": len(config.play.past) > 1, "play.noise": config.play.noise}
    rewards = config.rewards
    asked |= {
        "rewards.terms": any(term.weight.constant != 0 for term in rewards.terms.values()),
        "rewards.game": rewards.game.constant != 1,
        "rewards.margin": not rewards.margin,
    }
    asked |= {"rewards.novelty": rewards.novelty.constant != 0}
    asked |= {"play.deterministic": config.play.deterministic.constant != 0}
    unknown = [setting for setting, value in asked.items() if value]
    if unknown:
        raise BadOption(f"The algorithm {config.algorithm.name} knows no {unknown[0]}: leave it at its default.")


def require_opponents_it_can_meet(game: Game, config: TrainConfig, learner_class: type[Learner]) -> None:
    """Raise BadOption where opponents are asked for and would never be met."""
    if learner_class.meets_opponents or game.seats == 1:
        return
    kinds = config.opponents.kinds()
    asked = {name: kind.share.written for name, kind in kinds.items() if kind.share.constant != 0}
    if asked:
        name, share = next(iter(asked.items()))
        raise BadOption(
            f"The algorithm {config.algorithm.name} meets no opponents ({learner_class.why_alone}), and "
            f"opponents.{name}.share is {share}. Set it to 0, or learn by ppo, reinforce, dqn, sac, q_learning or ruql."
        )


def require_a_way_to_play(config: TrainConfig, learner_class: type[Learner]) -> None:
    """Raise BadOption where a way to play is asked for and there is only one."""
    if config.plays is not None and learner_class.plays_one_way:
        raise BadOption(f"Models of the algorithm {config.algorithm.name} play in one way only: leave plays empty.")


def require_discrete(game: Game) -> None:
    """Raise BadOption where an action is more than one choice."""
    if game.action_kind != "discrete":
        raise BadOption(f"This algorithm learns games in which an action is one choice; {game.title} has others.")
