"""Checks of whole matches: they go on, they end, they pay, and can be copied at any point."""

from __future__ import annotations

import numpy as np

from sparring.engine.conformance.finding import require
from sparring.engine.conformance.trial import LONGEST, Line, Trial, contents, one, seats_to_move
from sparring.engine.game import Game


def random_play(trial: Trial) -> str:
    """Uniform random play from many seeds, the material of all other checks; there must always be something to do."""
    game, plies = trial.game, sum(len(line.actions) for line in trial.lines)
    played = f"{plies} plies in {len(trial.lines)} matches"
    if game.action_kind == "box":
        return played
    counts = np.concatenate([game.masks(one(state)).sum(axis=-1).ravel() for state in trial.positions])
    return f"{played}, {counts.min()} to {counts.max()} choices at each"


def every_match_ends(trial: Trial) -> str:
    """Lines that were cut off are played on until they end."""
    lengths = [_length(trial.game, line, trial.seed) for line in trial.lines]
    return f"{len(lengths)} random matches ended, after {min(lengths)} to {max(lengths)} plies"


def _length(game: Game, line: Line, seed: int) -> int:
    states, random = one(line.states[-1]), np.random.default_rng(seed)
    while not states["over"][0]:
        ply = int(states["ply"][0])
        require(
            ply < LONGEST,
            f"A random match was not over after {LONGEST} plies: at some ply `play` must set state.over = True.",
        )
        game.play_unchecked(states, game.random_actions(game.masks(states), random))
    return int(states["ply"][0])


def records_are_sound(trial: Trial) -> str:
    """The seat to move exists, and plies are counted one by one."""
    game = trial.game
    for line in trial.lines:
        alive = line.states[~line.states["over"]]
        seats = alive["seat"]
        require(
            ((seats >= 0) & (seats < game.seats)).all(),
            f"state.seat was {int(seats.max())}, {int(seats.min())}: it must be one of 0..{game.seats - 1}.",
        )
        require(
            (line.states["ply"] == np.arange(len(line.states))).all(),
            "state.ply doesn't count one by one: the engine counts it, `play` must leave it alone.",
        )
        require(not line.states["over"][:-1].any(), "state.over was True and then False again.")
    return f"{game.state_dtype.itemsize} bytes a match; {_seats(game)}"


def _seats(game: Game) -> str:
    turns = "all at once" if game.simultaneous else "one after the other"
    return f"{game.seats} seats, {turns}" if game.seats > 1 else "one seat"


def rewards_are_numbers(trial: Trial) -> str:
    """Finite, and something is at stake."""
    rewards = np.concatenate([line.rewards for line in trial.lines])
    require(np.isfinite(rewards).all(), "A reward is NaN or infinite.")
    for line in trial.lines:
        again = trial.game.play_unchecked(one(line.states[-2]), line.actions[-1:])
        require((again == line.rewards[-1:]).all(), "The same ply paid differently when played again from its record.")
    require(not any(line.over for line in trial.lines) or rewards.any(), "Nobody is ever paid anything: see `reward`.")
    zero_sum = bool(np.allclose(rewards.sum(axis=1), 0, atol=1e-4))
    sums = "they sum to nothing in each ply" if zero_sum else "they don't sum to nothing"
    return f"from {rewards.min():g} to {rewards.max():g}; {sums}"


def a_fault_never_pays(trial: Trial) -> str:
    """A match that is lost by a fault costs at least what the worst one on the board costs."""
    forfeit = trial.game.forfeit
    scores = np.array([line.rewards.sum(axis=0) for line in trial.lines])
    worst = float(scores.min())
    require(
        worst >= -forfeit - 1e-4,
        f'Someone scored {worst:g}, but a fault costs only {forfeit:g}: say "forfeit": {-worst:g} or more in `layout`.',
    )
    return f"a fault costs {forfeit:g}, the worst match cost {max(0.0, -worst):g}"


def looking_changes_nothing(trial: Trial) -> str:
    """``legal`` and ``observe`` only read the record, and say the same when asked twice."""
    game = trial.game
    for state in [*trial.positions, *trial.ends]:
        for seat in range(game.seats):
            states = one(state)
            before = contents(states)
            seen = [game.observe(states, [seat]).tobytes() for _ in range(2)]
            require(contents(states) == before, "`observe` changes the record: it may only read it.")
            require(seen[0] == seen[1], "`observe` shows the same record differently when asked twice.")
            if not game.simultaneous and seat not in seats_to_move(game, state):
                continue
            allowed = [game.legal(states, [seat]).tobytes() for _ in range(2)]
            require(contents(states) == before, "`legal` changes the record: it may only read it.")
            require(allowed[0] == allowed[1], "`legal` answers differently when asked twice about one record.")
            if game.observation_dtype.kind == "f":
                require(np.isfinite(game.observe(states, [seat])).all(), "An observation holds NaN or infinity.")
    return f"legal and observe left {len(trial.positions)} records as they were"


def copies_go_their_own_way(trial: Trial) -> str:
    """A copy that is played gives what the original gives, and leaves the original alone."""
    game, copied = trial.game, 0
    for line in trial.lines:
        for ply in range(0, len(line.actions), max(1, len(line.actions) // 8)):
            copy = one(line.states[ply])
            before = contents(line.states[ply : ply + 1])
            game.play_unchecked(copy, line.actions[ply : ply + 1])
            require(contents(line.states[ply : ply + 1]) == before, "Playing a copy has changed the original.")
            require(
                contents(copy) == contents(line.states[ply + 1 : ply + 2]),
                f"Ply {ply} played on a copy of the record gives another record: "
                "all that a match needs must lie in its record, nothing in globals.",
            )
            copied += 1
    return f"{copied} copies played the same ply to the same record"


def listed_actions_are_the_legal_ones(trial: Trial) -> str:
    """``list_legal``, if the rules have it, gives what ``legal`` allows, and writes no further than there is room."""
    game = trial.game
    listed = getattr(game.rules, "list_legal", None)
    if listed is None:
        return "the rules list none"
    for state in trial.positions:
        legal = np.flatnonzero(game.masks(one(state))[0])
        actions = np.full(game.num_actions, -1, np.int64)
        count = int(listed(one(state)[0], actions))
        require(
            sorted(actions[:count].tolist()) == legal.tolist(),
            f"At ply {int(state['ply'])} `list_legal` lists others than `legal` allows: "
            f"{sorted(set(actions[:count].tolist()) ^ set(legal.tolist()))[:8]} are in one only.",
        )
        short = np.full(count // 2, -1, np.int64)
        require(listed(one(state)[0], short) == count, "`list_legal` counts only what fits: it must count all.")
    return f"as `legal` allows in {len(trial.positions)} positions"
