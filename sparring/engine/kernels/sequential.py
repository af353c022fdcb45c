"""Batches of a game in which one seat moves at a time."""

from __future__ import annotations

from sparring.engine.kernels.bound import kernel, legal, observe, play, reward, start
from sparring.games.chance import draw


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
    """Play one action in each record; rewards come zeroed. Nothing is checked here."""
    for i in range(states.size):
        play(states[i], actions[i])
        states[i].ply += 1
        reward(states[i], rewards[i])


@kernel
def look(states, first, last, observations, masks, seats):
    """Write what the seat to move sees and may do."""
    for i in range(first, last):
        state = states[i]
        seats[i] = state.seat
        masks[i] = False
        legal(state, state.seat, masks[i])
        observations[i] = 0
        observe(state, state.seat, observations[i])


@kernel
def first_illegal(actions, masks):
    """The first row whose action the mask forbids, or -1."""
    for i in range(actions.size):
        if actions[i] < 0 or actions[i] >= masks.shape[1] or not masks[i, actions[i]]:
            return i
    return -1


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
            low = state.random[0]
            high = state.random[1]
            states[i] = blank[0]
            state.random[0] = low
            state.random[1] = high
            start(state)
        seats[i] = state.seat
        masks[i] = False
        legal(state, state.seat, masks[i])
        observations[i] = 0
        observe(state, state.seat, observations[i])


@kernel
def choose(masks, random, actions):
    """A uniform legal action in each row; ``random: uint32 [B, 2]``."""
    for i in range(masks.shape[0]):
        count = 0
        for action in range(masks.shape[1]):
            count += masks[i, action]
        skip = draw(random[i], count)
        for action in range(masks.shape[1]):
            if masks[i, action]:
                if skip == 0:
                    actions[i] = action
                    break
                skip -= 1


@kernel
def random_play(states, blank, steps, random, actions, observations, masks, seats, rewards, over):
    """``steps`` steps of uniform random play in every row; observation and mask are written at each of them."""
    for _ in range(steps):
        choose(masks, random, actions)
        step(states, 0, states.size, blank, actions, observations, masks, seats, rewards, over)
