"""Whom a learner meets."""

from sparring.learning.opponents.actors import Actor, Look, NetworkActor, PlayerActor, Sampler, logits_sampler
from sparring.learning.opponents.opponents import Opponents

__all__ = ["Actor", "Look", "NetworkActor", "Opponents", "PlayerActor", "Sampler", "logits_sampler"]
