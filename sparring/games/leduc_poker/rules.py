"""The rules of Leduc poker (Southey et al., 2005): a card each, a round of betting, a card for all, another round."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Leduc poker"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = False
OPTIONS = {"seats": (2, range(2, 4), "Players; the deck has two suits of one card more.")}

FOLD, CALL, RAISE = 0, 1, 2
NOTHING = -1
MOST_RAISES = 2


def layout(seats):
    ranks = seats + 1
    longest = 3 * seats - 2
    return {
        "seats": seats,
        "state": [
            ("cards", np.int8, (seats,)),
            ("public", np.int8),
            ("history", np.int8, (2, longest)),
            ("turned", np.int8),
            ("acted", np.int8),
            ("to_act", np.int8),
            ("raises", np.int8),
            ("stake", np.int8),
            ("paid", np.int8, (seats,)),
            ("folded", np.int8, (seats,)),
        ],
        "actions": 3,
        "observation": (seats + 2 * ranks + 2 * longest * 3,),
        "dtype": np.int8,
        "forfeit": 13.0,
    }


def start(state):
    state.cards[:] = NOTHING
    state.public = NOTHING
    state.history[:] = NOTHING
    for seat in range(state.cards.size):
        state.cards[seat] = unseen_card(state)
    state.public = unseen_card(state)
    state.paid[:] = 1
    state.stake = 1
    state.to_act = state.cards.size


def unseen_card(state):
    """A card of the deck that lies nowhere yet, each as likely as the other; ``card // 2`` is its rank."""
    while True:
        card = draw(state.random, 2 * (state.cards.size + 1))
        if is_unseen(state, card):
            return card


def is_unseen(state, card):
    for seat in range(state.cards.size):
        if state.cards[seat] == card:
            return False
    return state.public != card


def legal(state, seat, mask):
    mask[FOLD] = state.paid[seat] < state.stake
    mask[CALL] = True
    mask[RAISE] = state.raises < MOST_RAISES


def play(state, action):
    state.history[state.turned, state.acted] = action
    state.acted += 1
    state.to_act -= 1
    if action == FOLD:
        state.folded[state.seat] = 1
    else:
        if action == RAISE:
            state.stake += 2 * (state.turned + 1)
            state.raises += 1
            state.to_act = remaining(state) - 1
        state.paid[state.seat] = state.stake
    state.seat = next_seat(state, state.seat)
    if remaining(state) == 1:
        state.over = True
    elif state.to_act == 0:
        end_round(state)


def remaining(state):
    """How many seats have not folded."""
    count = 0
    for seat in range(state.folded.size):
        count += 1 - state.folded[seat]
    return count


def next_seat(state, seat):
    """The next seat after this one that has not folded."""
    seat = (seat + 1) % state.folded.size
    while state.folded[seat]:
        seat = (seat + 1) % state.folded.size
    return seat


def end_round(state):
    """Turn the public card, and the first seat that is still in begins; or end the match."""
    if state.turned == 1:
        state.over = True
    else:
        state.turned = 1
        state.acted = 0
        state.raises = 0
        state.to_act = remaining(state)
        state.seat = next_seat(state, state.folded.size - 1)


def reward(state, rewards):
    """The pot for the strongest hand among those who did not fold; equal hands share it."""
    if not state.over:
        return
    best = 0
    winners = 0
    pot = 0
    for seat in range(state.cards.size):
        rewards[seat] = -state.paid[seat]
        pot += state.paid[seat]
        hand = strength(state, seat)
        if hand > best:
            best = hand
            winners = 0
        winners += hand == best
    for seat in range(state.cards.size):
        if strength(state, seat) == best:
            rewards[seat] += pot / winners


def strength(state, seat):
    """A pair beats everything, then the higher rank wins; 0 for who has folded."""
    if state.folded[seat]:
        return 0
    rank = state.cards[seat] // 2
    if rank == state.public // 2:
        return 100
    return 1 + rank


def observe(state, seat, observation):
    """Who one is, the rank of one's card, that of the public card once it is turned, and all that was done."""
    seats = state.cards.size
    ranks = seats + 1
    observation[seat] = 1
    observation[seats + state.cards[seat] // 2] = 1
    if state.turned == 1:
        observation[seats + ranks + state.public // 2] = 1
    longest = state.history.shape[1]
    for round in range(2):
        for number in range(longest):
            action = state.history[round, number]
            if action == NOTHING:
                break
            observation[seats + 2 * ranks + 3 * (longest * round + number) + action] = 1


def redeal(state, seat):
    """Whatever lies face down is equally likely to be any: what one may do does not depend on one's card."""
    for other in range(state.cards.size):
        if other != seat:
            state.cards[other] = NOTHING
    if state.turned == 0:
        state.public = NOTHING
    for other in range(state.cards.size):
        if other != seat:
            state.cards[other] = unseen_card(state)
    if state.public == NOTHING:
        state.public = unseen_card(state)
