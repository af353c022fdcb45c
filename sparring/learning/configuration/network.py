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
    channels: Widths = Field(
        default=(32,), min_length=1, description="Channels of each convolution; residual blocks take the first number."
    )
    blocks: int = Field(default=2, ge=0, description="Residual blocks, of two convolutions each.")
    kernel: int = Field(default=4, ge=1, description="Side of the convolution's square kernel.")
    padding: int = Field(default=0, ge=0, description="Zeros around the planes of a convolution.")
    hidden: Widths = Field(default=(256, 256), description="Widths of the dense layers of the feature extractor.")
    actor: Widths = Field(default=(), description="Widths of the layers between extractor and policy.")
    critic: Widths = Field(default=(), description="Widths of the layers between extractor and value.")
    heads: Widths = Field(default=(), description="Widths of each action head's own layers.")
    memory: int = Field(
        default=0, ge=0, description="Width of the memory (LSTM) that a seat has from turn to turn; 0: none."
    )
    activation: Literal["relu", "tanh", "gelu", "silu"] = Field(default="relu", description="What follows each layer.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of the features that learning does without.")
    separate: bool = Field(default=False, description="The value has a feature extractor of its own.")
    privileged: bool = Field(
        default=False,
        description="The value also looks at what the other seats see; the policy never does. Models have no value.",
    )
    autoregressive: bool = Field(
        default=True, description="Each action head sees what the heads before it have chosen."
    )
    deviation: float = Field(
        default=0.6, gt=0, description="Deviation of the actions in a box at the start; the box reaches from -1 to 1."
    )
    normalise: bool = Field(default=False, description="Observations are brought to mean 0 and deviation 1.")
    bearings: bool = Field(
        default=False,
        description="Places, velocities and attitudes are also seen from the own body, where the game says which "
        "numbers they are: nothing of that changes when the world is turned.",
    )
    normalised_limit: float = Field(default=5.0, gt=0, description="Where a normalised observation is cut off.")
