"""All that a training run changes while it goes on: networks, optimiser, matches, and how far it has come."""

from __future__ import annotations

import copy
from typing import Any

import torch

from sparring.engine import Game
from sparring.learning.configuration import TrainConfig
from sparring.learning.networks import build_network
from sparring.learning.past import PastNetworks
from sparring.learning.rollout import Rollout, SelfPlay


class Learner:
    """A network that learns, the running average of its weights that plays, and the matches it learns from."""

    def __init__(self, game: Game, config: TrainConfig) -> None:
        self.game, self.config = game, config
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = build_network(config, game)
        self.averaged = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate, eps=1e-5, fused=True)
        self.matches = SelfPlay(game, config)
        self.past = PastNetworks(config.past_groups, config.snapshot_every)
        self.update = 0
        self.steps = 0
        self.seconds = 0.0

    def play(self) -> Rollout:
        """Collect the next rollout with the network as it is."""
        opponents = self.past.opponents() if self.config.past_opponents else []
        rollout = self.matches.collect(self.network, opponents)
        self.steps += self.config.rollout * self.config.environments
        return rollout

    def finish_update(self) -> None:
        """Count the update, move the average towards the network, and take a snapshot when one is due."""
        self.update += 1
        with torch.no_grad():
            for average, current in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
                average.lerp_(current, 1.0 - self.config.averaging)
        if self.config.past_opponents and self.past.wants_snapshot(self.update):
            self.past.add(self.update, self.averaged, self.matches.chance)

    def counters(self) -> dict[str, Any]:
        """Numbers and random states for a checkpoint, as JSON."""
        return {
            "update": self.update,
            "steps": self.steps,
            "seconds": self.seconds,
            "past_met": self.past.met,
            "past_every": self.past.every,
            "chance": self.matches.chance.bit_generator.state,
        }

    def restore_counters(self, counters: dict[str, Any]) -> None:
        """Go on from ``counters()``."""
        self.update, self.steps, self.seconds = counters["update"], counters["steps"], counters["seconds"]
        self.past.met, self.past.every = list(counters["past_met"]), counters["past_every"]
        self.matches.chance.bit_generator.state = counters["chance"]
