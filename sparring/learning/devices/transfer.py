"""Arrays on their way to a device and back, through memory that the operating system may not move ("pinned").

A copy from pinned memory needs no help of the processor, and goes on while the processor does something else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Transfer:
    """Sends arrays to ``device``. Each name has one staging buffer, which grows and is used again.

    On a device of the processor's own memory there is nothing to stage: arrays are copied.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.pinned = device.type == "cuda"
        self._stages: dict[str, Tensor] = {}
        self._sent: dict[str, torch.cuda.Event] = {}

    def send(self, name: str, array: NDArray[Any]) -> Tensor:
        """The array on the device, under way perhaps; what is asked of it there waits for it."""
        source = torch.from_numpy(np.ascontiguousarray(array))
        if not self.pinned:
            return source.clone()
        if name in self._sent:
            self._sent[name].synchronize()
        stage = self._stage(name, source)
        stage.copy_(source)
        arrived = stage.to(self.device, non_blocking=True)
        self._sent[name] = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._sent[name].record()
        return arrived

    def fetch(self, *tensors: Tensor) -> list[NDArray[Any]]:
        """The tensors as arrays, all on their way at the same time; returns when they are here."""
        if not self.pinned:
            return [tensor.detach().numpy() for tensor in tensors]
        stages = [self._stage(f"back {place}", tensor) for place, tensor in enumerate(tensors)]
        for stage, tensor in zip(stages, tensors, strict=True):
            stage.copy_(tensor.detach(), non_blocking=True)
        torch.cuda.current_stream(self.device).synchronize()
        return [stage.numpy().copy() for stage in stages]

    def _stage(self, name: str, like: Tensor) -> Tensor:
        """Pinned memory of the type and shape of ``like``."""
        stage = self._stages.get(name)
        if stage is None or stage.dtype != like.dtype or stage.numel() < like.numel():
            stage = self._stages[name] = torch.empty(like.numel(), dtype=like.dtype, pin_memory=True)
        return stage[: like.numel()].view(like.shape)
