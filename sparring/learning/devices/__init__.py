"""Learning on an accelerator: what goes there and back, and gradient steps that stay there."""

from sparring.learning.devices.device_network import DeviceNetwork
from sparring.learning.devices.ppo_steps import PpoSteps
from sparring.learning.devices.transfer import Transfer

__all__ = ["DeviceNetwork", "PpoSteps", "Transfer"]
