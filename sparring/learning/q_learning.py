"""Q-learning in a table (Watkins, "Learning from Delayed Rewards", 1989), for games small enough for one.

Read ``QLearning.learn`` from top to bottom. All seats learn in one table::

    Q(s, a) <- Q(s, a) + learning_rate * (target - Q(s, a))
    target   = reward + discount * max Q(s', a')        and the reward alone where the match ended

where ``discount`` counts once for every step of the match up to s', whoever made it.

Where two seats take turns and nothing is hidden, s' is the opponent's next position, and what that is worth to the
opponent counts against the action. Elsewhere s' is what the seat itself sees when it decides next, and the reward is
all that came in between: where cards are hidden, the opponent's value of what it sees says too little. So it is in
matches against opponents, whose decisions are not learned from: there the table learns to answer them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sparring.agents.table import FILE, PolicyTable
from sparring.engine import Batch, Game
from sparring.engine.seeds import seed_of
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Moment, Schedule, Share, TrainConfig
from sparring.learning.crew import Crew
from sparring.learning.learner import Diverged, Learner, Now, Plays, Probabilities, State
from sparring.learning.memories.tables import Pending, Table, choose_greedily, pay, settle
from sparring.learning.opponents import LearnedTable, Opponents
from sparring.learning.probes import Policy


class QSettings(AlgorithmSettings):
    """Q-learning in a table."""

    name: Literal["q_learning"] = Field(default="q_learning", description="Q-learning in a table.")
    learning_rate: Share = Field(
        default=Schedule(0.5), description="How far a value moves to its new target, 0 to 1 (alpha)."
    )
    discount: float = Field(default=0.99, ge=0, le=1, description="Worth of a reward one step later (gamma).")
    exploration: Share = Field(
        default=Schedule(0.1), description="Share of random actions while it trains (epsilon). Never when it plays."
    )
    most_rows: int = Field(
        default=1_000_000, ge=1, description="Observations that the table may hold; what is new then stays unknown."
    )


class QLearning(Learner):
    """A table of action values, and the matches in which it is learned."""

    Settings: ClassVar[type[AlgorithmSettings]] = QSettings
    meets_opponents = True
    met_in = "table"
    plays_one_way = True
    exploration = 0.0
    """That of the last update; those out of its own past explore as much."""
    settings: Any

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        self.settings = config.algorithm
        self.batch = Batch(game, config.play.matches(Moment(seed=config.seed)), config.seed)
        self.chance = np.random.default_rng([config.seed, 2])
        self.table = empty_table(game, config)
        self.opponents = Opponents(game, config, LearnedTable(self.table, lambda *seen: self.chances(*seen)))
        self.by_turns = game.seats == 2 and game.perfect_information and not game.simultaneous
        """Whether the next position is the opponent's view of the same thing."""
        self.pending = Pending.none(self._most_pending())

    def _most_pending(self) -> int:
        """One decision a match, or one for each seat of each match."""
        return self.batch.size * (1 if self.by_turns else self.game.seats)

    def _resize(self, matches: int) -> None:
        """Go on with so many matches: the first ones as they are."""
        self.batch.resize(matches, seed_of(self.config.seed, 1 + self.update))
        self.pending = self.pending.resized(self._most_pending())

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:  # noqa: ARG003
        if game.action_kind != "discrete":
            raise BadOption(f"A table holds games in which an action is one choice; {game.title} has others.")

    def learn(self, now: Now) -> dict[str, float]:
        steps = round(self.config.play.rollout.at(now.moment))
        self._resize(self.config.play.matches(now.moment))
        self.opponents.begin(now.moment)
        self._place()
        surprise, decisions = 0.0, 0
        with now.timing("learn"):
            for _ in range(steps):
                surprises, decided = self._step(now.moment)
                surprise, decisions = surprise + surprises, decisions + decided
        self.steps += steps * self.batch.size
        if not np.isfinite(surprise):
            raise Diverged(f"A value is no number at update {self.update + 1}. Try a lower discount.")
        self.opponents.after_update(self.update + 1)
        known = {"loss/value": surprise / max(1, decisions), "table/rows": float(len(self.table))}
        return known | self.scheduled(now.moment) | self.opponents.metrics()

    def _step(self, moment: Moment) -> tuple[float, int]:
        """One step of every match: learn from what is decided next, and decide; sum of surprises, and decisions."""
        masks, seats, places = self._decisions()
        observations, actions = self._observations(), np.zeros(len(seats), np.int64)
        theirs, moves = self.opponents.decide(seats.astype(np.int8), observations, masks, self.batch.states)
        actions[theirs] = moves
        own = np.delete(np.arange(len(seats)), theirs)
        if len(theirs):
            observations, masks, seats, places = observations[own], masks[own], seats[own], places[own]
        rows = self.table.enter(observations, masks)
        table = self.table.values, self.table.allowed
        surprise = settle(table, self.pending, rows, places, seats)
        actions[own], rates = self.choose(rows, masks, moment)
        self._remember(places, rows, actions[own], rates, seats)
        self.batch.step(actions.reshape(self.batch.masks.shape[:-1]))
        known = self.table.values, self.pending, self._rewards() + self._rest()
        surprise += pay(*known, self.batch.over, self.settings.discount)
        self.opponents.stepped(self.batch.rewards, self.batch.over)
        self._place()
        return surprise, len(rows)

    def choose(
        self, rows: NDArray[np.int64], masks: NDArray[np.bool_], moment: Moment
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """An action for each row, int64 [R], and how far its value will move to its target, float64 [R]."""
        actions = np.zeros(len(rows), np.int64)
        chance = self.chance.random((len(rows), 2))
        self.exploration = self.settings.exploration.at(moment)
        choose_greedily(self.table.values, rows, masks, chance, self.exploration, actions)
        return actions, np.full(len(rows), self.settings.learning_rate.at(moment))

    def scheduled(self, moment: Moment) -> dict[str, float]:
        """The settings of the moment, as metrics."""
        names = ("learning_rate", "exploration")
        return {f"schedule/{name}": getattr(self.settings, name).at(moment) for name in names}

    def mixed(self, values: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How it plays by ``values: [B, A]`` when it explores no more: the best action, equals by lot."""
        return best_alike(values, masks)

    def chances(self, values: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How it plays by ``values: [B, A]`` while it trains: float64 [B, A]."""
        anything = masks / masks.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = (1 - self.exploration) * self.mixed(values, masks) + self.exploration * anything
        return shares

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> LearnedTable:
        return LearnedTable(empty_table(game, config), best_alike)

    def begin_from(self, state: State) -> None:
        try:
            table = state["table"]
            self.table.restore(table["observations"], table["values"], table["allowed"])
        except (KeyError, ValueError) as error:
            raise BadOption(f"There is no table of this game to begin with: {error}.") from None

    def _decisions(self) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """Of each decision: what is legal, bool [R, A]; whose it is, int64 [R]; its place among the pending ones."""
        matches, seats = np.arange(self.batch.size), self.game.seats
        masks = self.batch.masks.reshape(-1, self.game.num_actions)
        if self.game.simultaneous:
            return masks, np.tile(np.arange(seats), len(matches)), np.arange(len(masks))
        movers = self.batch.seats.astype(np.int64)
        return masks, movers, matches if self.by_turns else matches * seats + movers

    def _observations(self) -> NDArray[Any]:
        return self.batch.observations.reshape(-1, *self.game.observation_shape)

    def _place(self) -> None:
        """Start the matches against opponents with options of their own."""
        if self.opponents.place(self.batch.states):
            self.batch.look()

    def _rewards(self) -> NDArray[np.float64]:
        rewards = self.batch.rewards.astype(np.float64)
        return (rewards - rewards[:, ::-1]) / 2 if self.by_turns else rewards

    def _rest(self) -> NDArray[np.float64]:
        """What the table thinks of matches that have just ended because their time was up: float64 [M, S], else 0."""
        rest = np.zeros((self.batch.size, self.game.seats))
        matches, records = self.batch.cut()
        for seat in range(self.game.seats) if len(matches) else ():
            own = np.full(len(matches), seat, np.int8)
            rows, masks = self.table.find(self.game.observe(records, own)), self.game.legal(records, own)
            best = np.where(masks, self.table.values[rows], -np.inf).max(axis=1)
            rest[matches, seat] = self.settings.discount * np.where(np.isfinite(best), best, 0.0)
        if self.by_turns and len(matches):
            # The table knows what a position is worth to the seat to move, and that is the other's loss.
            of_mover = rest[matches, records["seat"]]
            rest[matches, records["seat"]], rest[matches, 1 - records["seat"]] = of_mover, -of_mover
        return rest

    def _remember(self, places: NDArray[np.int64], *decision: NDArray[Any]) -> None:
        rows, actions, rates, seats = decision
        pending = self.pending
        pending.rows[places], pending.actions[places], pending.rates[places] = rows, actions, rates
        pending.rewards[places], pending.factors[places], pending.seats[places] = 0.0, 1.0, seats

    @property
    def plays(self) -> Plays:
        """By its probabilities, for equals are drawn by lot."""
        return "mixed"

    def policy(self) -> Policy:
        table = self.table

        def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
            actions: NDArray[np.int64] = np.where(masks, table.values[table.find(observations)], -np.inf).argmax(axis=1)
            return actions

        return choose

    def probabilities(self) -> Probabilities | None:
        return lambda observations, masks: self.mixed(self.table.values[self.table.find(observations)], masks)

    def model_files(self) -> dict[str, bytes]:
        observations, values, allowed = self.table.known()
        chances = self.mixed(values, allowed).astype(np.float32)
        return {FILE: PolicyTable(self.game.name, observations, chances, values).content()}

    def state(self) -> State:
        observations, values, allowed = self.table.known()
        states = np.frombuffer(self.batch.states.tobytes(), np.uint8)
        return {
            "table": {"observations": observations, "values": values, "allowed": allowed},
            "matches": {"states": states} | {name: array.copy() for name, array in self.pending._asdict().items()},
            **self.opponents.state(),
        }

    def counters(self) -> dict[str, Any]:
        own = {"chance": self.chance.bit_generator.state, "exploration": self.exploration}
        return {**super().counters(), **own, "opponents": self.opponents.counters()}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        table, matches = state["table"], dict(state["matches"])
        self.table.restore(table["observations"], table["values"], table["allowed"])
        batch, states = self.batch, np.frombuffer(matches.pop("states").tobytes(), self.batch.states.dtype)
        batch.resize(len(states), seed=0)
        batch.states[:] = states
        batch.look()
        self.pending = Pending(**{name: array.copy() for name, array in matches.items()})
        self.chance.bit_generator.state, self.exploration = counters["chance"], counters["exploration"]
        self.opponents.restore(state, counters["opponents"])


def best_alike(values: NDArray[np.float32], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """All on the best legal action by ``values: [B, A]``, shared by equals: float64 [B, A]."""
    best = np.where(masks, values, -np.inf)
    chosen = masks & (best == best.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = chosen / chosen.sum(axis=1, keepdims=True)
    return shares


def empty_table(game: Game, config: TrainConfig) -> Table:
    """A table of the game's observations and actions, of as many rows as the configuration allows."""
    most: int = config.algorithm.most_rows  # type: ignore[attr-defined]
    return Table(most, game.observation_shape, np.dtype(game.observation_dtype), game.num_actions)
