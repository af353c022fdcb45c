"""Who sits where in the matches of a rollout, and what those who are not the learner do.

The matches are divided by shares among kinds of opponents, each kind among ``groups``. All matches of a group meet the
same member, so that a network is asked once a step, however many matches it plays in; it is drawn anew after so many
matches. A match changes its kind, its opponent or the learner's seat only when it starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Game
from sparring.engine.batch import with_rows
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.learner import State
from sparring.learning.opponents.actors import Actor, Look, RememberingActor
from sparring.learning.opponents.delay import DelayedViews
from sparring.learning.opponents.kinds import Kind, Named, scripted_specs
from sparring.learning.opponents.learned import Learned
from sparring.learning.opponents.other_options import OtherOptions
from sparring.learning.opponents.other_runs import Latest, PastOfRuns
from sparring.learning.opponents.past import Past
from sparring.learning.opponents.results import Results, points_of

NOBODY = -1
"""In seating: the learner. In groups: none, the learner plays all seats."""

PER_MATCH = ("seating", "own", "group_of", "deterministic", "scores", "unseen")
"""What is known of each match, a row each, and kept in checkpoints."""


@dataclass
class Group:
    """Matches that meet the same member of a kind."""

    kind: int
    member: str | None = None
    """None: nobody can be met yet; the learner plays all seats."""
    finished: int = 0
    """Matches since the member was drawn."""
    size: int = 0
    """Matches that the group has by the shares of this moment."""
    until: int = 0
    """Another member is drawn when so many matches are finished."""


class Opponents:
    """The opponents of a learner; what it has ``learned`` so far can be frozen and met.

    ``seating: int16 [M, S]`` says who sits where: -1 the learner, others the place in ``actors``. A rollout calls
    ``begin``, then for each step ``decide`` and, once it is made, ``stepped``; after an update comes ``after_update``.
    Raises BadOption for what can't be.
    """

    def __init__(self, game: Game, config: TrainConfig, learned: Learned) -> None:
        self.game, self.settings, self.play, self.frames = game, config.opponents, config.play, config.play.past
        matches = config.play.matches(Moment(seed=config.seed))
        self.results = Results()
        self.past = Past(config, learned, self.results)
        self.kinds = self._others(config)
        self.groups = [Group(index) for index, kind in enumerate(self.kinds) for _ in range(kind.settings.groups)]
        self.actors: list[Actor | None] = []
        self.chance = np.random.default_rng([config.seed, 2])
        self.seating = np.full((matches, game.seats), NOBODY, np.int16)
        self.own = np.arange(matches) % game.seats
        self.group_of = np.full(matches, NOBODY, np.int64)
        self.deterministic = np.zeros(matches, np.bool_)
        self.scores = np.zeros((matches, game.seats), np.float32)
        self.unseen = np.zeros((matches, game.seats), np.float32)
        shape = game.observation_shape if len(self.frames) == 1 else (len(self.frames), *game.observation_shape)
        self.views = DelayedViews(game, shape, matches, any(kind.settings.delay.constant != 0 for kind in self.kinds))
        self.elsewhere = OtherOptions(game, [(kind.name, kind.settings) for kind in self.kinds], matches)
        self._names: list[tuple[int, str] | None] = []
        self._planned = self.group_of.copy()
        self._moment = Moment(seed=config.seed)
        self._started = False
        self._concerned = np.zeros(matches, np.bool_)
        """bool [M]: has an opponent, or gets one when it starts anew."""
        self._best = self._delays = np.zeros(len(self.groups))
        self._places = np.full(len(self.groups) + 1, NOBODY)
        """int64 [G + 1]: the place in ``actors`` of each group's member; the last is that of no group."""
        self._kind_of_group = np.array([*(group.kind for group in self.groups), NOBODY])
        self._attentive: list[int] = []
        """Places of actors that want to know when matches begin and end."""

    def _others(self, config: TrainConfig) -> list[Kind]:
        """All kinds, the past first."""
        wanted, game, seed = self.settings, self.game, config.seed
        league = (config.name, f"{config.name}.*") if config.league.size else ()
        scripts = scripted_specs(wanted.scripted.names, game)
        return [
            self.past,
            Latest(wanted.latest, game, self.frames),
            PastOfRuns(wanted.pool, game, league, self.frames, self.results),
            Named("targets", wanted.targets, wanted.targets.agents, game, seed, wanted.targets.weights),
            Named("scripted", wanted.scripted, scripts, game, seed),
        ]

    def begin(self, moment: Moment) -> None:
        """A rollout begins. Raises BadOption where the shares of all kinds add up to more than 1."""
        self._moment = moment
        fresh = self._resize(self.play.matches(moment))
        self._planned = self._plan(moment)
        self._measure_groups()
        self._fill_groups()
        if not self._started:
            self._started = True
            fresh = np.arange(len(self.seating))
        if len(fresh):
            self._start(fresh)
        self._concerned = (self.group_of != NOBODY) | (self._places[self._planned] != NOBODY)

    def _resize(self, matches: int) -> NDArray[np.int64]:
        """Let the last matches go, or make room for new ones; returns those that have to be started, int64 [K]."""
        before = len(self.seating)
        if matches == before:
            return np.zeros(0, np.int64)
        self._leave(np.arange(matches, before))
        fresh = np.arange(before, matches)
        for name in PER_MATCH:
            setattr(self, name, with_rows(getattr(self, name), matches))
        self.seating[fresh] = self.group_of[fresh] = NOBODY
        self.own[fresh] = fresh % self.game.seats
        self.views.resize(matches)
        self.elsewhere.resize(matches)
        return fresh if self._started else fresh[:0]

    def _leave(self, matches: NDArray[np.int64]) -> None:
        """These matches will not be played to their end."""
        for index, those, seats in self._seats_of_attentive(matches):
            self._actor(index).end(those, seats, np.zeros(len(those), np.float32))

    def start_afresh(self) -> None:
        """All matches start anew with the next ``begin``; those that go on are left as they are, and count nothing."""
        self._leave(np.arange(len(self.seating)))
        self.seating[:] = self.group_of[:] = NOBODY
        self.scores[:] = self.unseen[:] = 0.0
        self.views.forget(np.arange(len(self.seating)))
        self._started = False

    def decide(
        self, seats: NDArray[np.int8], observations: NDArray[Any], masks: NDArray[np.bool_], positions: NDArray[Any]
    ) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """The rows of a step in which others than the learner decide, int64 [B], and what they do.

        ``seats: int8 [R]``, ``observations: dtype [R, *shape]``, or ``[R, frames, *shape]`` with the present first, and
        ``masks: bool [R, A]`` are of all rows of the step, match by match; ``positions: [M]`` are all records.
        """
        if not self._concerned.any():
            return np.zeros(0, np.int64), self.game.actions.zeros(0)
        per_match = len(seats) // len(self.seating)
        rows = np.arange(len(seats))
        who = self.seating[rows // per_match, seats]
        rows = np.flatnonzero(who != NOBODY)
        actions = self.game.actions.zeros(len(rows))
        if not len(rows):
            return rows, actions
        matches, seats, who = rows // per_match, seats[rows], who[rows]
        shown = self.views.show(matches, seats, observations[rows], self._delays[self.group_of[matches]], self.chance)
        owed = self.unseen[matches, seats]
        self.unseen[matches, seats] = 0.0
        look = Look(matches, seats, shown, masks[rows], positions, self.deterministic[matches], owed)
        for index in np.unique(who).tolist():
            theirs = np.flatnonzero(who == index)
            actions[theirs] = self._actor(index).act(look.of(theirs), self.chance)
        return rows, actions

    def stepped(self, rewards: NDArray[np.float32], over: NDArray[np.bool_]) -> None:
        """A step was made: ``rewards: float32 [M, S]``, and which matches ended with it, bool [M]."""
        self.scores += rewards
        self.unseen += rewards
        self.past.curator.matches += int(over.sum())
        ended = np.flatnonzero(over & self._concerned)
        if len(ended):
            self._finish(ended)
            self._start(ended)

    def place(self, states: NDArray[Any]) -> bool:
        """Begin the matches that have just started against opponents with options of their own, in their rows of
        ``states: [M]``; whether there were any. To be called after ``begin`` and after ``stepped``."""
        return self.elsewhere.place(states, self.chance)

    def after_update(self, update: int) -> None:
        """``update`` updates have been made."""
        for kind in self.kinds:
            kind.after_update(update)

    def metrics(self) -> dict[str, float]:
        """Share of the points that the learner takes of late from each kind of opponent, and matches against it."""
        known = self.results.by_kind().items()
        shares = {f"opponents/{name}": share for name, (share, _) in known}
        return shares | {f"opponents/{name}/matches": float(matches) for name, (_, matches) in known}

    def close(self) -> None:
        """Let go of all who play."""
        for actor in self.actors:
            if actor is not None:
                actor.close()

    def _plan(self, moment: Moment) -> NDArray[np.int64]:
        """The group to which each match belongs, int64 [M], by the shares of this moment."""
        planned = np.full(len(self.seating), NOBODY, np.int64)
        if self.game.seats == 1:
            return planned
        shares = [kind.settings.share.at(moment) for kind in self.kinds]
        if sum(shares) > 1 + 1e-9:
            known = zip(self.kinds, shares, strict=True)
            named = " + ".join(f"{kind.name} {share:g}" for kind, share in known if share)
            raise BadOption(
                f"The shares of opponents add up to {sum(shares):g} at update {moment.update} ({named}). "
                "Together they are at most 1; what is left is self-play."
            )
        ends = np.round(np.cumsum([0.0, *shares]) * len(planned)).astype(int).tolist()
        first = 0
        for kind, start, end in zip(self.kinds, ends, ends[1:], strict=False):
            planned[start:end] = first + np.arange(end - start) * kind.settings.groups // max(1, end - start)
            first += kind.settings.groups
        return planned

    def _measure_groups(self) -> None:
        """What the settings say of each group at this moment."""
        kinds = [self.kinds[group.kind].settings for group in self.groups]
        self._best = np.array([kind.deterministic.at(self._moment) for kind in kinds])
        self._delays = np.array([kind.delay.at(self._moment) for kind in kinds])
        often = round(self.settings.change_every.at(self._moment))
        sizes = np.bincount(self._planned[self._planned != NOBODY], minlength=len(self.groups)).tolist()
        for group, size in zip(self.groups, sizes, strict=True):
            group.size, group.until = size, often * size

    def _fill_groups(self) -> None:
        """Find members for the groups that have matches, and nobody to meet or met enough of whom they have."""
        due = [group for group in self.groups if group.size and (group.member is None or group.finished >= group.until)]
        for index, kind in enumerate(self.kinds if due else []):
            theirs = [group for group in due if group.kind == index]
            drawn = kind.draw(len(theirs), self.chance, self._moment) if theirs else []
            for group, member in zip(theirs, drawn, strict=False):
                group.member, group.finished = member, 0
        if due:
            self._places = np.array([*map(self._place, self.groups), NOBODY])

    def _finish(self, ended: NDArray[np.int64]) -> None:
        """Matches are over: remember how, and tell those who played."""
        for index, matches, seats in self._seats_of_attentive(ended):
            self._actor(index).end(matches, seats, self.scores[matches, seats])
        against = ended[self.group_of[ended] != NOBODY]
        for index in self.group_of[against].tolist():
            self.groups[index].finished += 1
        points = points_of(self.scores[against], self.own[against])
        who = self.seating[against].max(axis=1)
        for index in set(who.tolist()):
            kind, member = self._named(index)
            self.results.add(self.kinds[kind].name, member, points[who == index])
            self.kinds[kind].met(member, points[who == index])
        self.scores[ended] = self.unseen[ended] = 0.0
        self.views.forget(ended)
        self._fill_groups()

    def _start(self, started: NDArray[np.int64]) -> None:
        """Seat the players of matches that start."""
        planned = self._planned[started]
        places = self._places[planned]
        self.group_of[started] = np.where(places == NOBODY, NOBODY, planned)
        self.seating[started] = NOBODY
        self.elsewhere.start(started, self._kind_of_group[self.group_of[started]])
        against, places = started[places != NOBODY], places[places != NOBODY]
        if not len(against):
            return
        self.own[against] = self._next_seats(against)
        self.seating[against] = places[:, None]
        self.seating[against, self.own[against]] = NOBODY
        self.deterministic[against] = self.chance.random(len(against)) < self._best[self.group_of[against]]
        for index, matches, seats in self._seats_of_attentive(against):
            self._actor(index).begin(matches, seats, self.chance)

    def _next_seats(self, matches: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.settings.seat == "random":
            return self.chance.integers(self.game.seats, size=len(matches))
        return (self.own[matches] + 1) % self.game.seats

    def _seats_of_attentive(
        self, matches: NDArray[np.int64]
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """The actors that want to know, with the matches, among these, and the seats that they have there."""
        for index in self._attentive:
            rows, seats = np.nonzero(self.seating[matches] == index)
            if len(rows):
                yield index, matches[rows], seats

    def _place(self, group: Group) -> int:
        """The place in ``actors`` of a group's member, who is fetched if it has none."""
        if group.member is None:
            return NOBODY
        name = (group.kind, group.member)
        if name not in self._names:
            self._let_go()
            if None not in self._names:
                self._names.append(None)
                self.actors.append(None)
            self._take_place(self._names.index(None), name)
        return self._names.index(name)

    def _take_place(self, place: int, name: tuple[int, str]) -> None:
        kind, member = name
        self._names[place], self.actors[place] = name, self.kinds[kind].actor(member)
        self._listen()

    def _take_place_if_there(self, place: int, name: tuple[int, str]) -> None:
        """After a checkpoint: a network of another run may be gone since; the learner then plays its seats itself."""
        try:
            self._take_place(place, name)
        except SparringError:
            gone = (self.seating == place).any(axis=1)
            self.seating[gone], self.group_of[gone] = NOBODY, NOBODY
            for group in self.groups:
                if (group.kind, group.member) == name:
                    group.member = None

    def _listen(self) -> None:
        known = enumerate(self.actors)
        self._attentive = [place for place, actor in known if actor is not None and actor.attentive]

    def _let_go(self) -> None:
        """Forget the actors that have no seat and no group."""
        used = {(group.kind, group.member) for group in self.groups}
        used |= {self._named(index) for index in np.unique(self.seating[self.seating != NOBODY]).tolist()}
        for place, name in enumerate(self._names):
            if name is not None and name not in used:
                self._actor(place).close()
                self._names[place] = self.actors[place] = None
        self._listen()
        for index, kind in enumerate(self.kinds):
            kind.retain({member for at, member in used if at == index and member is not None})

    def _named(self, index: int) -> tuple[int, str]:
        name = self._names[index]
        assert name is not None
        return name

    def _actor(self, index: int) -> Actor:
        actor = self.actors[index]
        assert actor is not None
        return actor

    def state(self) -> State:
        """Arrays of a checkpoint, by file: ``opponents``, and ``past/…``, written once."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in PER_MATCH}
        remembering = [(place, one) for place, one in enumerate(self.actors) if isinstance(one, RememberingActor)]
        memories = {f"memory_{place}": actor.memory.copy() for place, actor in remembering}
        return {"opponents": arrays | memories | self.views.arrays(), **self.past.arrays()}

    def counters(self) -> dict[str, Any]:
        """Everything else of a checkpoint, as JSON."""
        return {
            "started": self._started,
            "chance": self.chance.bit_generator.state,
            "groups": [[group.member, group.finished] for group in self.groups],
            "names": self._names,
            "results": self.results.counters(),
            "kinds": {kind.name: kind.counters() for kind in self.kinds},
        }

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        """Go on from ``state`` and ``counters`` of opponents with the same configuration.

        Networks go on as if nothing had been, and know what they remembered. Other agents with a memory or a chance of
        their own have lost them.
        """
        arrays = state["opponents"]
        self._resize(len(arrays["seating"]))
        for name in PER_MATCH:
            getattr(self, name)[:] = arrays[name]
        self.views.restore(arrays)
        self.past.restore_arrays(state)
        for kind in self.kinds:
            kind.restore(counters["kinds"][kind.name])
        self.results.restore(counters["results"])
        for group, (member, finished) in zip(self.groups, counters["groups"], strict=True):
            group.member, group.finished = member, finished
        self._names, self.actors = [None] * len(counters["names"]), [None] * len(counters["names"])
        for place, name in enumerate(counters["names"]):
            if name is not None:
                self._take_place_if_there(place, (name[0], name[1]))
        for index, matches, seats in self._seats_of_attentive(np.arange(len(self.seating))):
            self._actor(index).begin(matches, seats, np.random.default_rng(0))
        for place, actor in enumerate(self.actors):
            if isinstance(actor, RememberingActor) and f"memory_{place}" in arrays:
                actor.memory = arrays[f"memory_{place}"].copy()
        self._places = np.array([*map(self._place, self.groups), NOBODY])
        self.chance.bit_generator.state = counters["chance"]
        self._started = counters["started"]
