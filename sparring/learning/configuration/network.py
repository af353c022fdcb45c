"""Settings of a network."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sparring.learning.configuration.section import Section


def _split(value: Any) -> Any:
    """Text such as ``64, 32``, or one number, as a list."""
    if isinstance(value, str):
        return [width.strip() for width in value.split(",") if width.strip()]
    return [value] if isinstance(value, int) else value


Widths = Annotated[tuple[Annotated[int, Field(ge=1)], ...], BeforeValidator(_split)]


class NetworkSettings(Section):
    """The layers between observation and decision."""

    kind: Literal["mlp", "convolution", "residual"] = Field(
        default="mlp", description="Kind of the network's first layers."
    )
    channels: int = Field(default=32, ge=1, description="Channels of the convolutions.")
    blocks: int = Field(default=2, ge=0, description="Residual blocks, of two convolutions each.")
    kernel: int = Field(default=4, ge=1, description="Side of the convolution's square kernel.")
    hidden: Widths = Field(default=(256, 256), description="Widths of the dense layers.")
    activation: Literal["relu", "tanh", "gelu", "silu"] = Field(default="relu", description="What follows each layer.")
