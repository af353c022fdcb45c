"""Tables that grow: a row of action values for each observation that was met. Compiled, for millions of steps a second.

``N`` rows, ``A`` actions, ``R`` decisions at a time. Row 0 stands for every observation that is not in the table: worth
nothing, and never learned.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparring.engine.compiler import kernel

UNKNOWN = 0
NOBODY = -1
_FIRST_CAPACITY = 1024


class Table:
    """Values of actions by observation; ``most`` rows, then what is new stays unknown.

    >>> table = Table(most=10, shape=(2,), dtype=np.dtype(np.int8), actions=3)
    >>> table.enter(np.array([[0, 1], [1, 0], [0, 1]], np.int8), np.ones((3, 3), bool)).tolist()
    [1, 2, 1]
    >>> table.find(np.array([[1, 0], [1, 1]], np.int8)).tolist()
    [2, 0]
    """

    def __init__(self, most: int, shape: tuple[int, ...], dtype: np.dtype[Any], actions: int) -> None:
        self.most, self.shape, self.dtype, self.actions = most, shape, dtype, actions
        self._width = int(np.prod(shape)) * dtype.itemsize
        self._used = np.ones(1, np.int64)
        self._allocate(min(_FIRST_CAPACITY, most + 1))

    def _allocate(self, capacity: int) -> None:
        self.keys = np.zeros((capacity, self._width), np.uint8)
        self.values = np.zeros((capacity, self.actions), np.float32)
        self.allowed = np.zeros((capacity, self.actions), np.bool_)
        self.allowed[UNKNOWN] = True
        self._slots = np.zeros(4 * int(2 ** np.ceil(np.log2(capacity))), np.int32)

    def __len__(self) -> int:
        """How many observations are known."""
        return int(self._used[0]) - 1

    def enter(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The row of each observation, int64 [R]; ``masks: bool [R, A]`` says what is legal there."""
        self._make_room(len(observations))
        rows = np.zeros(len(observations), np.int64)
        store = Store(self.keys, self.allowed, self._slots, self._used)
        _enter(self._bytes(observations), masks, store, self.most + 1, rows)
        return rows

    def find(self, observations: NDArray[Any]) -> NDArray[np.int64]:
        """The row of each observation, int64 [R], or UNKNOWN."""
        rows = np.zeros(len(observations), np.int64)
        _find(self._bytes(observations), self.keys, self._slots, rows)
        return rows

    def known(self) -> tuple[NDArray[Any], NDArray[np.float32], NDArray[np.bool_]]:
        """Observations dtype [N, *shape], values float32 [N, A] and legal actions bool [N, A] of all known rows."""
        rows = slice(1, len(self) + 1)
        observations = np.frombuffer(self.keys[rows].tobytes(), self.dtype).reshape(-1, *self.shape)
        return observations, self.values[rows].copy(), self.allowed[rows].copy()

    def restore(self, observations: NDArray[Any], values: NDArray[np.float32], allowed: NDArray[np.bool_]) -> None:
        """Take over what ``known`` gave."""
        self._used[0] = 1
        self._allocate(min(_FIRST_CAPACITY, self.most + 1))
        self.enter(observations, allowed)
        self.values[1 : len(self) + 1] = values

    def _make_room(self, newcomers: int) -> None:
        needed = min(len(self) + 1 + newcomers, self.most + 1)
        if needed <= len(self.keys):
            return
        observations, values, allowed = self.known()
        self._used[0] = 1
        self._allocate(min(2 * needed, self.most + 1))
        self.enter(observations, allowed)
        self.values[1 : len(self) + 1] = values

    def _bytes(self, observations: NDArray[Any]) -> NDArray[np.uint8]:
        return np.ascontiguousarray(observations).reshape(-1).view(np.uint8).reshape(-1, self._width)


class Store(NamedTuple):
    """What finds a row by an observation."""

    keys: NDArray[np.uint8]
    """uint8 [capacity, bytes of an observation]."""
    allowed: NDArray[np.bool_]
    """bool [capacity, A]."""
    slots: NDArray[np.int32]
    """int32 [a power of two]: a hash table of rows, open addressing; 0 where there is none."""
    used: NDArray[np.int64]
    """int64 [1]: how many rows."""


class Pending(NamedTuple):
    """Decisions whose consequences are not all known: the last one of each seat, or of each match. All of length P."""

    rows: NDArray[np.int64]
    """NOBODY where there is none."""
    actions: NDArray[np.int64]
    rates: NDArray[np.float64]
    """How far the value will move to its target, 0 to 1."""
    rewards: NDArray[np.float64]
    """What it has brought so far, discounted."""
    seats: NDArray[np.int64]
    factors: NDArray[np.float64]
    """What a reward of the next step counts for."""

    @classmethod
    def none(cls, size: int) -> Pending:
        """Nothing is pending."""
        whole = [np.full(size, NOBODY, np.int64) for _ in range(3)]
        return cls(whole[0], whole[1], np.zeros(size), np.zeros(size), whole[2], np.ones(size))

    def resized(self, size: int) -> Pending:
        """The first ``size`` of them; where there were fewer, nothing is pending in the rest."""
        if size == len(self.rows):
            return self
        resized = Pending.none(size)
        for kept, before in zip(resized, self, strict=True):
            kept[: len(before)] = before[:size]
        return resized


@kernel
def _slot_of(observation: Any, keys: Any, slots: Any) -> Any:
    """The slot of an observation: that of its row, or the empty one where it belongs. The hash is FNV-1a."""
    digest = np.uint64(14695981039346656037)
    for byte in observation:
        digest = (digest ^ np.uint64(byte)) * np.uint64(1099511628211)
    slot = np.int64((digest ^ (digest >> np.uint64(29))) & np.uint64(slots.size - 1))
    while slots[slot] != UNKNOWN:
        same = True
        for place in range(observation.size):
            if keys[slots[slot], place] != observation[place]:
                same = False
                break
        if same:
            break
        slot = (slot + 1) % slots.size
    return slot


@kernel
def _find(observations: Any, keys: Any, slots: Any, rows: Any) -> None:
    for number in range(rows.size):
        rows[number] = slots[_slot_of(observations[number], keys, slots)]


@kernel
def _enter(observations: Any, masks: Any, store: Any, most: Any, rows: Any) -> None:
    for number in range(rows.size):
        slot = _slot_of(observations[number], store.keys, store.slots)
        if store.slots[slot] == UNKNOWN and store.used[0] < most:
            row = store.used[0]
            store.keys[row] = observations[number]
            store.allowed[row] = masks[number]
            store.slots[slot] = row
            store.used[0] += 1
        rows[number] = store.slots[slot]


@kernel
def settle(table: Any, pending: Any, rows: Any, places: Any, seats: Any) -> Any:
    """Learn from the pending decisions that those in ``rows`` follow; returns the sum of all surprises.

    ``table``: (values, allowed). The decision in ``rows[i]``, of ``seats[i]``, follows the one at ``places[i]`` of
    ``pending``. What it is worth to another seat counts against the earlier decision.
    """
    values, allowed = table
    surprise = 0.0
    for number in range(rows.size):
        place = places[number]
        if pending.rows[place] == NOBODY:
            continue
        best = -np.inf
        for action in range(values.shape[1]):
            if allowed[rows[number], action] and values[rows[number], action] > best:
                best = values[rows[number], action]
        sign = 1.0 if pending.seats[place] == seats[number] else -1.0
        surprise += _learn(values, pending, place, pending.rewards[place] + pending.factors[place] * sign * best)
    return surprise


@kernel
def pay(values: Any, pending: Any, rewards: Any, over: Any, discount: Any) -> Any:
    """Add ``rewards: float64 [M, S]`` to what is pending, and learn what is over; returns the sum of all surprises.

    What comes later counts ``discount`` times as much with every step.
    """
    surprise = 0.0
    each = pending.rows.size // over.size
    for match in range(over.size):
        for place in range(match * each, (match + 1) * each):
            if pending.rows[place] == NOBODY:
                continue
            pending.rewards[place] += pending.factors[place] * rewards[match, pending.seats[place]]
            pending.factors[place] *= discount
            if over[match]:
                surprise += _learn(values, pending, place, pending.rewards[place])
    return surprise


@kernel
def _learn(values: Any, pending: Any, place: Any, target: Any) -> Any:
    """Move the value of a pending decision towards its target, and forget it; returns how far off it was."""
    row, action = pending.rows[place], pending.actions[place]
    pending.rows[place] = NOBODY
    if row == UNKNOWN:
        return 0.0
    error = target - values[row, action]
    values[row, action] += pending.rates[place] * error
    return abs(error)


@kernel
def choose_greedily(values: Any, rows: Any, masks: Any, chance: Any, exploration: Any, actions: Any) -> None:
    """The best legal action of each row, equals by lot, or with probability ``exploration`` any; to ``actions: [R]``.

    ``chance``: float64 [R, 2], uniform in 0..1.
    """
    for number in range(rows.size):
        explores = chance[number, 0] < exploration
        best, equals = -np.inf, 0
        for action in range(masks.shape[1]):
            if masks[number, action]:
                value = 0.0 if explores else values[rows[number], action]
                if value > best:
                    best, equals = value, 0
                equals += value == best
        lot = int(chance[number, 1] * equals)
        for action in range(masks.shape[1]):
            if masks[number, action] and (explores or values[rows[number], action] == best):
                if lot == 0:
                    actions[number] = action
                    break
                lot -= 1


@kernel
def choose_by_worth(values: Any, rows: Any, masks: Any, chance: Any, temperature: Any, actions: Any) -> Any:
    """A legal action of each row with probability in proportion to exp(value / temperature), to ``actions: [R]``.

    ``chance``: float64 [R, 2], of which the second column is used. Returns the probabilities of the actions, [R].
    """
    chosen = np.zeros(rows.size)
    for number in range(rows.size):
        best = -np.inf
        for action in range(masks.shape[1]):
            if masks[number, action]:
                best = max(best, values[rows[number], action])
        total = 0.0
        for action in range(masks.shape[1]):
            if masks[number, action]:
                total += np.exp((values[rows[number], action] - best) / temperature)
        rest = chance[number, 1] * total
        for action in range(masks.shape[1]):
            if masks[number, action]:
                weight = np.exp((values[rows[number], action] - best) / temperature)
                actions[number] = action
                chosen[number] = weight / total
                rest -= weight
                if rest < 0.0:
                    break
    return chosen
