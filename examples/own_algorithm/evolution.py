"""Evolution strategies in self-play (Salimans et al., "Evolution Strategies as a Scalable Alternative to RL", 2017).

No gradient of a loss: an update tries the network with its weights pushed a little, in random directions and the
opposite ones, lets each of these children play its parent, and moves the weights towards those that did well.
"""

from __future__ import annotations

import copy
from typing import Literal

import numpy as np
import torch
from pydantic import Field
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Schedule, Weight
from sparring.learning.evaluation.duels import paired_points
from sparring.learning.learner import Diverged
from sparring.learning.network_learner import NetworkLearner


class EvolutionSettings(AlgorithmSettings):
    """Every field is a setting: --set spread=0.1, or a schedule in a preset; its sentence is what --help says."""

    name: Literal["evolution"] = Field(default="evolution", description="Evolution strategies.")
    directions: int = Field(default=24, ge=2, description="Directions that are tried in an update, both ways.")
    pairs: int = Field(default=32, ge=1, description="Pairs of matches of each child with its parent.")
    openings: int = Field(default=3, ge=0, description="Random plies at the start of these matches.")
    spread: Weight = Field(default=Schedule(0.08), description="How far each weight of a child is pushed.")
    learning_rate: Weight = Field(default=Schedule(0.15), description="How far an update moves each weight.")


class Evolution(NetworkLearner):
    """NetworkLearner brings ``network``, ``averaged`` (which is measured and published) and checkpoints."""

    Settings = EvolutionSettings

    def __init__(self, game, config, crew):
        super().__init__(game, config, crew)
        self.child = copy.deepcopy(self.network)

    @classmethod
    def check(cls, game, config):
        if game.seats != 2 or game.simultaneous or game.action_kind != "discrete":
            raise BadOption(f"Evolution learns games of two who take turns with one choice; {game.title} is another.")

    def learn(self, now):
        settings = self.config.algorithm
        # All chance comes from seed and update, so there is nothing to add to a checkpoint.
        chance = np.random.default_rng([self.config.seed, self.update])
        weights = parameters_to_vector(self.network.parameters()).detach()
        spread = settings.spread.at(now.moment)
        with now.timing("play"):
            directions = torch.from_numpy(chance.standard_normal((settings.directions, len(weights)), np.float32))
            points = [[self.points(weights + way * spread * each) for way in (1, -1)] for each in directions]
        with now.timing("learn"):
            lead = torch.tensor([one - other for one, other in points])
            step = (lead[:, None] * directions).mean(dim=0) / (lead.std() + 1e-8)
            weights = weights + settings.learning_rate.at(now.moment) * step
            if not torch.isfinite(weights).all():
                raise Diverged(f"The weights are no numbers after update {self.update + 1}. Try a lower learning_rate.")
            vector_to_parameters(weights, self.network.parameters())
            self.average(memory=0.0)
        return {"evolution/best": float(np.max(points)), "evolution/mean": float(np.mean(points))}

    def points(self, weights):
        """Share of the points that a child with these weights takes from its parent, 0 to 1."""
        settings = self.config.algorithm
        vector_to_parameters(weights, self.child.parameters())
        child, parent = greedy(self.child), greedy(self.network)
        seed = self.config.seed + self.update
        won = paired_points(self.game, child, parent, settings.pairs, seed, settings.openings)
        self.steps += 2 * settings.pairs  # a step of this algorithm is a match: that is what --steps counts
        return float(won.mean()) / 2


def greedy(network):
    """The legal action that the network likes best, in each row: what Sparring calls a policy."""

    def choose(observations, masks):
        with torch.inference_mode():
            logits, _ = network(torch.from_numpy(observations))
            return logits.masked_fill(~torch.from_numpy(masks), -torch.inf).argmax(dim=1).numpy()

    return choose
