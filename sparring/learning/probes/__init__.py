"""Probes: positions whose right answers are known, asked of a policy while it trains.

Steps a second are not strength, and neither is beating one's own past: a probe says whether a policy plays the game.
"""

from sparring.learning.probes.probe import Policy, Probe, ProbeResult, probe_for

__all__ = ["Policy", "Probe", "ProbeResult", "probe_for"]
