"""Gumbel AlphaZero: a network learns what a tree search with that network found out.

Silver et al., "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play", 2018,
with the search and the policy target of Danihelka et al., "Policy improvement by planning with Gumbel", 2022, which
learns from a handful of simulations. Read ``AlphaZero.learn`` from top to bottom. Only a share of the positions is
searched with all simulations, and only of those the policy is learned; the others are searched fast, so that more
matches end and there is more to learn values from (Wu, "Accelerating self-play learning in Go", 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.agents.network_search import Evaluate, PolicyValueNetwork, TreeSearch, require_searchable
from sparring.engine import Game
from sparring.engine.seeds import spread
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import (
    AlgorithmSettings,
    Count,
    Moment,
    Schedule,
    Share,
    TrainConfig,
    Weight,
    Within,
)
from sparring.learning.crew import Crew
from sparring.learning.devices import DeviceNetwork
from sparring.learning.learner import Now, State
from sparring.learning.network_learner import NetworkLearner
from sparring.learning.networks import masked_log_softmax
from sparring.learning.requirements import require_plain_network
from sparring.learning.rollouts.search_play import Budget, Replay, Searched, SearchPlay
from sparring.models.onnx_export import onnx_form

Result = TypeVar("Result")

GROUPS = 4
"""Parts in which the matches are played, each by a search of its own, so that threads have something to share."""


class AlphaZeroSettings(AlgorithmSettings):
    """Gumbel AlphaZero."""

    name: Literal["alphazero"] = Field(default="alphazero", description="Learning from a tree search in self-play.")
    simulations: Count = Field(default=Schedule(32), description="Simulations of a full search.")
    fast_simulations: Count = Field(default=Schedule(8), description="Simulations of a fast search.")
    full_searches: Share = Field(
        default=Schedule(0.5),
        description="Share of the positions that are searched in full; policies are learned there.",
    )
    temperature: Share = Field(
        default=Schedule(1.0),
        description="Scale of the Gumbel noise that full searches choose with: 0 plays what seems best.",
    )
    fast_temperature: Share = Field(default=Schedule(1.0), description="The same for fast searches.")
    considered: int = Field(default=16, ge=1, description="Actions that compete at the root of a search.")
    visit_offset: float = Field(default=50.0, ge=0, description="Visits that a search pretends to have made (c_visit).")
    value_scale: float = Field(
        default=0.25, gt=0, description="How much a search trusts values against the network's policy (c_scale)."
    )
    proofs: bool = Field(
        default=True, description="Searches know exactly what is sure to be won, drawn or lost, and learn that."
    )
    until_sure: bool = Field(
        default=False, description="Matches end as soon as a search has proved their result, so that others begin."
    )
    trace: float = Field(
        default=0.9, ge=0, le=1, description="1 learns values from outcomes, less also from what searches expected."
    )
    window: int = Field(default=100_000, ge=1, description="Latest positions that are kept to learn from.")
    batch: Annotated[Schedule, Within(8)] = Field(default=Schedule(256), description="Samples of one gradient step.")
    symmetries: bool = Field(
        default=True,
        description="Each sample is seen in one of the ways that are alike by the game's rules: mirrored, turned.",
    )
    reuse: Weight = Field(default=Schedule(2.0), description="How often each position is learned from, on average.")
    learning_rate: Weight = Field(
        default=Schedule({"linear": {"start": 3e-3, "end": 1e-4}}), description="Step size of AdamW."
    )
    policy_weight: Weight = Field(default=Schedule(1.0), description="Weight of the policy loss.")
    value_weight: Weight = Field(default=Schedule(1.0), description="Weight of the value loss.")
    weight_decay: float = Field(default=1e-4, ge=0, description="How fast AdamW lets weights shrink.")
    averaging: float = Field(
        default=0.8, ge=0, lt=1, description="Memory of the averaged weights that play and are published."
    )
    gradient_norm: float = Field(default=5.0, gt=0, description="Longest gradient; longer ones are shortened to it.")


class AlphaZero(NetworkLearner):
    """A policy-value network, the searched matches that it plays with itself, and AdamW."""

    Settings: ClassVar[type[AlgorithmSettings]] = AlphaZeroSettings
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    why_alone: ClassVar[str] = "one search thinks for all seats"
    settings: AlphaZeroSettings

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, AlphaZeroSettings)
        self.settings = config.algorithm
        self.optimiser = self._adam(self.network)
        self.there: DeviceNetwork | None = None
        self.played_there: DeviceNetwork | None = None
        if config.device != "cpu":
            self.compute_on(config.device)
        at_first = Moment(seed=config.seed)
        self.groups: list[SearchPlay] = []
        self.searches: list[TreeSearch] = []
        sizes = group_sizes(config.play.matches(at_first))
        self.resize(sizes, spread(config.seed, len(sizes)), config.play.random_openings.at(at_first))
        self.replay = Replay(game, self.settings.window)
        self.chance = np.random.default_rng([config.seed, 2])
        self.symmetries = game.symmetries if self.settings.symmetries else None

    def resize(self, sizes: list[int], seeds: NDArray[np.uint64], openings: float) -> None:
        """Have as many groups as there are ``sizes``, each of so many matches; new ones begin from ``seeds``."""
        del self.groups[len(sizes) :], self.searches[len(sizes) :]
        for index, (size, seed) in enumerate(zip(sizes, seeds.astype(np.uint32).tolist(), strict=True)):
            if index < len(self.groups):
                self.groups[index].resize(size, seed, openings)
            else:
                self.groups.append(SearchPlay(self.game, size, seed, self.config.play.opening_plies))
                self.groups[-1].start(openings)
                self.searches.append(self._search())

    def compute_on(self, device: str, compiled: bool = True) -> None:
        """Let a device take the gradient steps, and evaluate the positions that searches come to."""
        self.there = DeviceNetwork(self.network, torch.device(device), compiled)
        self.played_there = DeviceNetwork(self.averaged, torch.device(device), compiled)
        self.optimiser = self._adam(self.there.twin)

    def _adam(self, network: nn.Module) -> torch.optim.Adam:
        return torch.optim.AdamW(network.parameters(), weight_decay=self.settings.weight_decay, fused=True)

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        require_plain_network(config)
        if config.network.memory:
            raise BadOption("A position that is searched has no past to remember: leave network.memory at its default.")
        try:
            require_searchable(game)
        except SparringError as error:
            raise BadOption(f"{error} Train with algorithm=ppo.") from None

    def learn(self, now: Now) -> dict[str, float]:
        with now.timing("play"):
            found = self.play(now.moment)
        self.replay.add(found)
        self.steps += len(found.values)
        with now.timing("learn"):
            metrics = self.improve(len(found.values), now.moment)
        self.average(self.settings.averaging)
        masks = found.full
        return metrics | {
            "search/policy_entropy": entropy(found.policies[masks]),
            "search/value": float(found.values.mean()),
            "replay/positions": float(len(self.replay)),
        }

    def play(self, moment: Moment) -> Searched:
        """Play a rollout of all matches with the averaged network, each group on the thread that is free."""
        settings, play = self.settings, self.config.play
        evaluate, openings = self._evaluator(), play.random_openings.at(moment)
        sizes = group_sizes(play.matches(moment))
        if sizes != [group.batch.size for group in self.groups]:
            self.resize(sizes, spread([self.config.seed, 1 + self.update], len(sizes)), openings)
        budget = Budget(
            round(settings.simulations.at(moment)),
            round(settings.fast_simulations.at(moment)),
            settings.full_searches.at(moment),
            settings.temperature.at(moment),
            settings.fast_temperature.at(moment),
            settings.until_sure,
        )
        steps = round(play.rollout.at(moment))

        def play_groups(indices: Tensor) -> list[Searched]:
            found = []
            for index in indices.tolist():
                search = self.searches[index]
                search.evaluate = evaluate
                found.append(self.groups[index].collect(search, steps, budget, settings.trace, openings))
            return found

        parts = self.crew.share_out(play_groups, torch.arange(len(self.groups)))
        return joined([found for part in parts for found in part])

    def _evaluator(self) -> Evaluate:
        """The averaged network as searches ask it."""
        if self.played_there is None:
            return PolicyValueNetwork(onnx_form(self.averaged, self.game), self.game)
        self.played_there.take()
        return self.played_there.evaluate

    def improve(self, added: int, moment: Moment) -> dict[str, float]:
        """Learn from the replay, as often as ``added`` positions are worth; the means over the gradient steps.

        Each minibatch is shared among the crew, and the gradients are put together. Raises Diverged when the loss or a
        weight is no number.
        """
        settings, there = self.settings, self.there
        learning_rate, batch = settings.learning_rate.at(moment), round(settings.batch.at(moment))
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        weights = settings.policy_weight.at(moment), settings.value_weight.at(moment)
        if there is not None:
            there.take()
        parameters = list((self.network if there is None else there.twin).parameters())
        steps = max(1, round(added * settings.reuse.at(moment) / batch))
        history = []

        def gradients(drawn: Tensor) -> tuple[tuple[Tensor, ...], list[float]]:
            losses = self.losses(self.samples(drawn.numpy()))
            loss = weights[0] * losses[0] + weights[1] * losses[1]
            return torch.autograd.grad(loss, parameters), [float(each.detach()) for each in losses]

        for _ in range(steps):
            results = self._shared_out(gradients, torch.from_numpy(self.drawn(batch)))
            statistics = np.mean([part for _, part in results], axis=0)
            self.require_loss(bool(np.isfinite(statistics).all()))
            for index, parameter in enumerate(parameters):
                parameter.grad = torch.stack([part[index] for part, _ in results]).mean(dim=0)
            norm = nn.utils.clip_grad_norm_(parameters, settings.gradient_norm)
            self.optimiser.step()
            history.append([*statistics, float(norm)])
        if there is not None:
            there.bring_home()
        self.require_numbers(parameters)
        means = np.mean(history, axis=0).tolist()
        names = ("loss/policy", "loss/value", "gradient/norm")
        return {**dict(zip(names, means, strict=True)), "schedule/learning_rate": learning_rate}

    def _shared_out(self, work: Callable[[Tensor], Result], drawn: Tensor) -> list[Result]:
        """What ``work`` makes of what was drawn: part by part among the crew, or whole where a device does it."""
        return [work(drawn)] if self.there is not None else self.crew.share_out(work, drawn)

    def drawn(self, count: int) -> NDArray[np.int64]:
        """Positions of the replay, drawn by chance, and in which of the ways that are alike to see each: [count, 2]."""
        rows = self.chance.integers(len(self.replay), size=count)
        ways = np.zeros(count, np.int64) if self.symmetries is None else self.symmetries.draw(count, self.chance)
        return np.stack([rows, ways], axis=1)

    def samples(self, drawn: NDArray[np.int64]) -> Searched:
        """The positions ``[n, 2]`` that were drawn, as they are seen."""
        rows, ways = np.ascontiguousarray(drawn.T)
        kept, symmetries = self.replay.kept, self.symmetries
        return kept.at(rows) if symmetries is None else kept.seen(rows, symmetries, ways)

    def losses(self, samples: Searched) -> tuple[Tensor, Tensor]:
        """How far the policy is from the search's, and the value from the outcomes.

        The policy's is the cross-entropy less the entropy of what it should be, so that 0 is perfect.
        """
        there = self.there

        def sent(name: str) -> Tensor:
            array = getattr(samples, name)
            return torch.from_numpy(array) if there is None else there.transfer.send(name, array)

        network = self.network if there is None else there.twin
        logits, values = network(sent("observations"))
        full, wanted = sent("full").float(), sent("policies")
        logarithms = masked_log_softmax(logits, sent("masks"))
        apart = (wanted * (wanted.clamp(min=1e-30).log() - logarithms)).sum(dim=1)
        of_policy = (full * apart).sum() / full.sum().clamp(min=1.0)
        return of_policy, (values - sent("values")).square().mean()

    def _search(self) -> TreeSearch:
        settings = self.settings
        return TreeSearch(
            self.game, _not_yet, settings.considered, settings.visit_offset, settings.value_scale, settings.proofs
        )

    def state(self) -> State:
        groups = {f"group_{index}": group.arrays() for index, group in enumerate(self.groups)}
        return {**super().state(), "replay": self.replay.arrays(), **groups}

    def counters(self) -> dict[str, Any]:
        chances = [group.chance.bit_generator.state for group in self.groups]
        own = {"chance": self.chance.bit_generator.state, "chances": chances, "added": self.replay.added}
        return {**super().counters(), **own}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.replay.restore(state["replay"], counters["added"])
        self.chance.bit_generator.state = counters["chance"]
        sizes = [len(state[f"group_{index}"]["matches"]) for index in range(len(counters["chances"]))]
        self.resize(sizes, spread(self.config.seed, len(sizes)), 0.0)
        for index, group in enumerate(self.groups):
            group.restore(state[f"group_{index}"])
            group.chance.bit_generator.state = counters["chances"][index]


def group_sizes(matches: int) -> list[int]:
    """Matches of each group, as even as can be; none is empty.

    >>> group_sizes(10), group_sizes(2)
    ([3, 3, 2, 2], [1, 1])
    """
    return [len(part) for part in np.array_split(np.arange(matches), GROUPS) if len(part)]


def joined(parts: list[Searched]) -> Searched:
    """One after the other."""
    arrays = [part.arrays() for part in parts]
    return Searched(**{name: np.concatenate([each[name] for each in arrays]) for name in arrays[0]})


def entropy(policies: NDArray[np.float32]) -> float:
    """Mean entropy of the rows, in nats; 0 where there are none."""
    if not len(policies):
        return 0.0
    return float(-(policies * np.log(np.maximum(policies, 1e-30))).sum(axis=1).mean())


def _not_yet(observations: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # noqa: ARG001
    raise RuntimeError("The network is handed over when play begins.")
