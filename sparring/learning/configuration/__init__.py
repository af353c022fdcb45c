"""What a training run can be told, where it is written, and how it is read."""

from sparring.learning.configuration.config import AlgorithmSettings, TrainConfig, game_of
from sparring.learning.configuration.configure import configure
from sparring.learning.configuration.network import NetworkSettings
from sparring.learning.configuration.schedules import Count, Moment, Schedule, Share, Weight, Within
from sparring.learning.configuration.section import Section

__all__ = [
    "AlgorithmSettings",
    "Count",
    "Moment",
    "NetworkSettings",
    "Schedule",
    "Section",
    "Share",
    "TrainConfig",
    "Weight",
    "Within",
    "configure",
    "game_of",
]
