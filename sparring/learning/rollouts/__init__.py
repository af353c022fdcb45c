"""Experience: matches stepped side by side, and what is kept of them."""

from sparring.learning.rollouts.advantages import estimate_advantages
from sparring.learning.rollouts.rewarding import Rewarding
from sparring.learning.rollouts.rollout import Rollout
from sparring.learning.rollouts.samples import Samples, Sequences, minibatches
from sparring.learning.rollouts.selfplay import SelfPlay

__all__ = ["Rewarding", "Rollout", "Samples", "SelfPlay", "Sequences", "estimate_advantages", "minibatches"]
