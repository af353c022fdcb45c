"""Experience: matches stepped side by side, and what is kept of them."""

from sparring.learning.rollouts.selfplay import Rollout, SelfPlay

__all__ = ["Rollout", "SelfPlay"]
