"""The rules of Kuhn poker: one card each, one chip to bet. Kuhn (1950); for three seats Szafron et al. (2013)."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Kuhn poker"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = False
OPTIONS = {"seats": (2, range(2, 4), "Players; the deck has one card more.")}

PASS, BET = 0, 1
NOBODY, NOTHING = -1, -1


def layout(seats):
    plies = 2 * seats - 1
    return {
        "seats": seats,
        "state": [
            ("cards", np.int8, (seats,)),
            ("history", np.int8, (plies,)),
            ("bettor", np.int8),
        ],
        "actions": 2,
        "observation": (seats + seats + 1 + 2 * plies,),
        "dtype": np.int8,
        "forfeit": 2.0,
    }


def start(state):
    state.bettor = NOBODY
    state.history[:] = NOTHING
    state.cards[:] = NOTHING
    for seat in range(state.cards.size):
        state.cards[seat] = unseen_card(state)


def unseen_card(state):
    """A card that nobody holds, each as likely as the other."""
    while True:
        card = draw(state.random, state.cards.size + 1)
        if holder(state, card) == NOBODY:
            return card


def holder(state, card):
    for seat in range(state.cards.size):
        if state.cards[seat] == card:
            return seat
    return NOBODY


def legal(state, seat, mask):
    mask[PASS] = True
    mask[BET] = True


def play(state, action):
    seats = state.cards.size
    state.history[state.ply] = action
    if action == BET and state.bettor == NOBODY:
        state.bettor = state.seat
    if state.bettor == NOBODY:
        state.over = state.ply == seats - 1
    else:
        state.over = state.ply == seats - 1 + state.bettor
    state.seat = (state.seat + 1) % seats


def reward(state, rewards):
    """The others' chips for the highest card among those who bet, or among all where nobody did."""
    if not state.over:
        return
    winner = NOBODY
    pot = 0
    for seat in range(state.cards.size):
        paid = has_bet(state, seat)
        rewards[seat] = -1 - paid
        pot += 1 + paid
        if paid or state.bettor == NOBODY:
            if winner == NOBODY or state.cards[seat] > state.cards[winner]:
                winner = seat
    rewards[winner] += pot


def has_bet(state, seat):
    """1 if the seat has put in a second chip, else 0."""
    seats = state.cards.size
    if state.history[seat] == BET:
        return 1
    if seat < seats - 1 and state.history[seats + seat] == BET:
        return 1
    return 0


def observe(state, seat, observation):
    """Who one is, one's card, and for each ply whether it was passed or bet."""
    seats = state.cards.size
    observation[seat] = 1
    observation[seats + state.cards[seat]] = 1
    for ply in range(state.ply):
        observation[2 * seats + 1 + 2 * ply + state.history[ply]] = 1


def redeal(state, seat):
    """Others' cards are equally likely to be any: what one may do does not depend on one's card."""
    for other in range(state.cards.size):
        if other != seat:
            state.cards[other] = NOTHING
    for other in range(state.cards.size):
        if other != seat:
            state.cards[other] = unseen_card(state)
