"""The networks of learners."""

from sparring.learning.networks.policy_value import Look, PolicyValueNetwork, build_network, masked_log_softmax

__all__ = ["Look", "PolicyValueNetwork", "build_network", "masked_log_softmax"]
