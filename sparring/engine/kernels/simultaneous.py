"""Batches of a game in which all seats act at once: actions, masks and observations have a seat axis [B, S, …]."""

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
    """Play the actions of all seats in each record; rewards come zeroed. Nothing is checked here."""
    for i in range(states.size):
        play(states[i], actions[i])
        states[i].ply += 1
        reward(states[i], rewards[i])


@kernel
def look(states, first, last, observations, masks, seats):
    """Write what each seat sees and may do."""
    for i in range(first, last):
        seats[i] = 0
        masks[i] = False
        observations[i] = 0
        for seat in range(masks.shape[1]):
            legal(states[i], seat, masks[i, seat])
            observe(states[i], seat, observations[i, seat])


@kernel
def first_illegal(actions, masks):
    """The first row whose action the mask forbids, or -1; actions [N], masks [N, A]."""
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
    look(states, first, last, observations, masks, seats)


@kernel
def choose(masks, random, actions):
    """A uniform legal action for each row and seat; ``random: uint32 [B, S, 2]``."""
    for i in range(masks.shape[0]):
        for seat in range(masks.shape[1]):
            count = 0
            for action in range(masks.shape[2]):
                count += masks[i, seat, action]
            skip = draw(random[i, seat], count)
            for action in range(masks.shape[2]):
                if masks[i, seat, action]:
                    if skip == 0:
                        actions[i, seat] = action
                        break
                    skip -= 1


@kernel
def random_play(states, blank, steps, random, actions, observations, masks, seats, rewards, over):
    """``steps`` steps of uniform random play in every row; observation and mask are written at each of them."""
    for _ in range(steps):
        choose(masks, random, actions)
        step(states, 0, states.size, blank, actions, observations, masks, seats, rewards, over)
