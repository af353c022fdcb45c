"""The rules of liar's dice: bid in turn on all dice, seeing only your own, until someone calls a liar."""

import numpy as np

from sparring.games.chance import draw

TITLE = "Liar's dice"
VERSION = 1
SEATS = 2
SIMULTANEOUS = False
PERFECT_INFORMATION = False
OPTIONS = {
    "seats": (2, range(2, 5), "Players."),
    "dice": (5, range(1, 7), "Dice of each player."),
    "faces": (6, range(2, 11), "Faces of a die; the highest is wild."),
}

NONE = -1  # bid b says: there are at least b // faces + 1 dice of face b % faces


def layout(seats, dice, faces):
    bids = seats * dice * faces
    return {
        "seats": seats,
        "state": [
            ("counts", np.int8, (seats, faces)),
            ("bidders", np.int8, (bids,)),
            ("bid", np.int16),
            ("dice", np.int8),
            ("winner", np.int8),
            ("loser", np.int8),
        ],
        "actions": bids + 1,
        "observation": (faces + seats * bids,),
        "dtype": np.int8,
    }


def start(state):
    state.bidders[:] = NONE
    state.bid = NONE
    state.winner = NONE
    state.loser = NONE
    for seat in range(state.counts.shape[0]):
        roll(state, seat)


def roll(state, seat):
    """``counts[seat, face]`` says how many of the seat's dice show that face."""
    faces = state.counts.shape[1]
    state.counts[seat] = 0
    for _ in range(state.dice):
        state.counts[seat, draw(state.random, faces)] += 1


def legal(state, seat, mask):
    """Any higher bid; and the last action, to call a liar, once there is a bid."""
    mask[state.bid + 1 : mask.size - 1] = True
    mask[mask.size - 1] = state.bid != NONE


def play(state, action):
    if action < state.bidders.size:
        state.bidders[action] = state.seat
        state.bid = action
    else:
        end(state)
    state.seat = (state.seat + 1) % state.counts.shape[0]


def end(state):
    """The caller loses to the bidder if there are as many dice as were bid, else wins."""
    bidder = state.bidders[state.bid]
    faces = state.counts.shape[1]
    state.over = True
    if matching(state, state.bid % faces) > state.bid // faces:
        state.winner = bidder
        state.loser = state.seat
    else:
        state.winner = state.seat
        state.loser = bidder


def matching(state, face):
    """How many of all dice show ``face`` or are wild."""
    seats, faces = state.counts.shape
    count = 0
    for seat in range(seats):
        count += state.counts[seat, face]
        if face != faces - 1:
            count += state.counts[seat, faces - 1]
    return count


def reward(state, rewards):
    if state.over:
        rewards[state.winner] = 1.0
        rewards[state.loser] = -1.0


def observe(state, seat, observation):
    """How often each face lies under one's own cup, then the bids of each seat, one's own first."""
    seats, faces = state.counts.shape
    for face in range(faces):
        observation[face] = state.counts[seat, face]
    bids = state.bidders.size
    for bid in range(state.bid + 1):
        if state.bidders[bid] != NONE:
            observation[faces + bids * ((state.bidders[bid] - seat) % seats) + bid] = 1


def redeal(state, seat):
    """Roll the others' dice again: what they could bid did not depend on them."""
    for other in range(state.counts.shape[0]):
        if other != seat:
            roll(state, other)
