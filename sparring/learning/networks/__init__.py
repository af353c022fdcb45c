"""The networks of learners."""

from sparring.learning.networks.policy_value import PolicyValueNetwork, build_network, masked_log_softmax

__all__ = ["PolicyValueNetwork", "build_network", "masked_log_softmax"]
