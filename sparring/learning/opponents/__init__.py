"""Whom a learner meets."""

from sparring.learning.opponents.actors import Actor, Look, PlayerActor, Sampler, SamplingActor, logits_sampler
from sparring.learning.opponents.learned import Learned, LearnedNetwork, LearnedTable
from sparring.learning.opponents.opponents import Opponents

__all__ = [
    "Actor",
    "Learned",
    "LearnedNetwork",
    "LearnedTable",
    "Look",
    "Opponents",
    "PlayerActor",
    "Sampler",
    "SamplingActor",
    "logits_sampler",
]
