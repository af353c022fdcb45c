"""The copy of a network that lives on a device."""

from __future__ import annotations

import copy
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.learning.devices.transfer import Transfer
from sparring.learning.networks import PolicyValueNetwork


class DeviceNetwork:
    """A network's twin on a device. The one at home is what plays, is kept and is published; the twin computes.

    ``compiled`` hands ``evaluate`` to ``torch.compile``, which takes its time when it is asked first.
    """

    def __init__(self, home: PolicyValueNetwork, device: torch.device, compiled: bool = True) -> None:
        self.home, self.transfer = home, Transfer(device)
        self.twin = copy.deepcopy(home).to(device)
        self.ask: nn.Module | Any = torch.compile(self.twin, dynamic=True) if compiled else self.twin
        self._evaluating = Lock()

    def take(self) -> None:
        """Let the twin be what the network at home is."""
        with torch.no_grad():
            for there, here in zip(tensors_of(self.twin), tensors_of(self.home), strict=True):
                there.copy_(here, non_blocking=True)

    def bring_home(self) -> None:
        """Let the network at home be what its twin has become."""
        here = [parameter.detach() for parameter in self.home.parameters()]
        there = [parameter.detach().flatten() for parameter in self.twin.parameters()]
        (flat,) = self.transfer.fetch(torch.cat(there))
        parts = torch.split(torch.from_numpy(flat), [parameter.numel() for parameter in here])
        for parameter, part in zip(here, parts, strict=True):
            parameter.copy_(part.view_as(parameter))

    def evaluate(self, observations: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits float32 [B, A] and values float32 [B] of observations [B, *shape]. Threads ask one after the other."""
        with self._evaluating, torch.inference_mode():
            logits, values = self.ask(self.transfer.send("observations", observations))
            found_logits, found_values = self.transfer.fetch(logits, values)
        return found_logits, found_values


def tensors_of(network: nn.Module) -> list[Tensor]:
    """Parameters and buffers, always in the same order."""
    return [*network.parameters(), *network.buffers()]
