"""Probes: what is known about good play, asked of a policy while it trains.

Steps a second are not strength, and neither is beating one's own past: a probe says whether a policy plays the game.
"""

from sparring.learning.probes.probe import Policy, Probabilities, Probe, ProbeResult, probe_for
from sparring.learning.probes.yardstick import YARDSTICKS, Yardstick

__all__ = ["YARDSTICKS", "Policy", "Probabilities", "Probe", "ProbeResult", "Yardstick", "probe_for"]
