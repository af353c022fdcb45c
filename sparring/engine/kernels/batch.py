"""The loops of a batch over the rules of one game.

Where one seat moves at a time a row has the mask and observation of the seat to move; where all act at once, those of
all seats, ``[B, S, …]``, and ``…_at_once`` is the loop to take.
"""

from __future__ import annotations

from sparring.engine.kernels.bound import kernel, legal, observe, play, reward, start
from sparring.engine.kernels.choosing import choose


@kernel
def start_all(states):
    for i in range(states.size):
        start(states[i])


@kernel
def legal_all(states, seats, masks):
    for i in range(states.size):
        masks[i] = False
        if not states[i].over:
            legal(states[i], seats[i], masks[i])


@kernel
def observe_all(states, seats, observations):
    for i in range(states.size):
        observations[i] = 0
        observe(states[i], seats[i], observations[i])


@kernel
def play_all(states, actions, rewards):
    """Play the action, or the actions of all seats, in each record; rewards come zeroed. Nothing is checked here."""
    for i in range(states.size):
        play(states[i], actions[i])
        states[i].ply += 1
        reward(states[i], rewards[i])


@kernel
def look(states, first, last, observations, masks, seats):
    """Write what the seat to move sees and may do; rows ``first`` to ``last``."""
    for i in range(first, last):
        state = states[i]
        seats[i] = state.seat
        masks[i] = False
        legal(state, state.seat, masks[i])
        observations[i] = 0
        observe(state, state.seat, observations[i])


@kernel
def look_at_once(states, first, last, observations, masks, seats):
    """Write what each seat sees and may do; rows ``first`` to ``last``."""
    for i in range(first, last):
        seats[i] = 0
        masks[i] = False
        observations[i] = 0
        for seat in range(masks.shape[1]):
            legal(states[i], seat, masks[i, seat])
            observe(states[i], seat, observations[i, seat])


@kernel
def restart(states, i, blank):
    """Start the match in row ``i`` anew; chance goes on where it was."""
    state = states[i]
    low = state.random[0]
    high = state.random[1]
    states[i] = blank[0]
    state.random[0] = low
    state.random[1] = high
    start(state)


@kernel
def step(states, first, last, blank, actions, observations, masks, seats, rewards, over):
    """Play, reward, start finished matches anew, then look; rows ``first`` to ``last``."""
    for i in range(first, last):
        state = states[i]
        rewards[i] = 0.0
        play(state, actions[i])
        state.ply += 1
        reward(state, rewards[i])
        over[i] = state.over
        if state.over:
            restart(states, i, blank)
        seats[i] = state.seat
        masks[i] = False
        legal(state, state.seat, masks[i])
        observations[i] = 0
        observe(state, state.seat, observations[i])


@kernel
def step_at_once(states, first, last, blank, actions, observations, masks, seats, rewards, over):
    """``step`` where all seats act at once."""
    for i in range(first, last):
        state = states[i]
        rewards[i] = 0.0
        play(state, actions[i])
        state.ply += 1
        reward(state, rewards[i])
        over[i] = state.over
        if state.over:
            restart(states, i, blank)
    look_at_once(states, first, last, observations, masks, seats)


@kernel
def random_play(states, blank, steps, choice, actions, observations, masks, seats, rewards, over):
    """``steps`` steps of random play in every row; ``choice``: what ``choosing.choose`` takes, flat over the seats."""
    flat_masks, starts, allows, random, chosen = choice
    for _ in range(steps):
        choose(flat_masks, starts, allows, random, chosen)
        step(states, 0, states.size, blank, actions, observations, masks, seats, rewards, over)


@kernel
def random_play_at_once(states, blank, steps, choice, actions, observations, masks, seats, rewards, over):
    """``random_play`` where all seats act at once."""
    flat_masks, starts, allows, random, chosen = choice
    for _ in range(steps):
        choose(flat_masks, starts, allows, random, chosen)
        step_at_once(states, 0, states.size, blank, actions, observations, masks, seats, rewards, over)
