"""Whom a learner meets."""

from sparring.learning.opponents.past import PastNetworks

__all__ = ["PastNetworks"]
