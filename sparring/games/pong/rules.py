"""The rules of pong: two paddles send a ball to and fro, ever faster; who lets it pass loses the point.

All lengths are integers, so that every machine computes the same flight. One ply is one tick.
"""

import numpy as np

from sparring.games.chance import draw

TITLE = "Pong"
VERSION = 1
SEATS = 2
SIMULTANEOUS = True
PERFECT_INFORMATION = True
TICKS_PER_SECOND = 20
PLIES = 400  # of a random match

OPTIONS = {
    "points": (3, range(1, 22), "Points that win the match."),
    "limit": (1000, range(50, 20001), "Ticks after which the match ends as it stands."),
    "paddle": (200, range(60, 601, 20), "Length of a paddle; the court is 1600 wide and 1200 high."),
    "speed": (36, range(16, 65, 4), "How far the ball flies sideways in a tick when it is served."),
}

UP, STAY, DOWN = 0, 1, 2
WIDTH, HEIGHT = 1600, 1200
RADIUS = 30
REACH = 60  # distance of the face of a paddle from the edge behind it
PADDLE_SPEED = 24
FASTER = 2  # what each hit adds to the ball's speed
FASTEST = 96
STEEPEST = 64  # vertical speed of a ball that is hit with the very tip of a paddle
SERVES = (-24, -16, -8, 8, 16, 24)  # vertical speeds of a serve, by lot


def layout(points, limit, paddle, speed):
    return {
        "state": [
            ("paddles", np.int32, (2,)),  # height of the middle, counted from the top
            ("moves", np.int32, (2,)),  # what the paddles moved by in the last tick
            ("ball", np.int32, (2,)),  # of its middle: from the left, from the top
            ("flight", np.int32, (2,)),  # what the ball moves by in a tick
            ("scores", np.int32, (2,)),
            ("scorer", np.int8),  # seat that won a point in the last tick, or -1
            ("rally", np.int16),  # hits since the serve
            ("points", np.int8),
            ("limit", np.int16),
            ("paddle", np.int16),
            ("speed", np.int16),
        ],
        "actions": 3,
        "observation": (11,),
        "dtype": np.float32,
        "forfeit": float(points),
    }


def start(state):
    state.paddles[:] = HEIGHT // 2
    serve(state, draw(state.random, 2))
    state.scorer = -1


def serve(state, towards):
    """From the middle of the court towards a seat, at an angle drawn by lot."""
    state.ball[0] = WIDTH // 2
    state.ball[1] = HEIGHT // 2
    state.flight[0] = state.speed * (2 * towards - 1)
    state.flight[1] = SERVES[draw(state.random, len(SERVES))]
    state.rally = 0


def legal(state, seat, mask):
    mask[:] = True


def play(state, action):
    for seat in range(2):
        move_paddle(state, seat, action[seat])
    state.scorer = -1
    fly(state)
    if state.ball[0] < 0 or state.ball[0] > WIDTH:
        state.scorer = int(state.ball[0] < 0)
        state.scores[state.scorer] += 1
        serve(state, state.scorer)
    state.over = state.scores.max() >= state.points or state.ply == state.limit - 1


def move_paddle(state, seat, action):
    half = state.paddle // 2
    wanted = state.paddles[seat] + PADDLE_SPEED * (action - STAY)
    reached = min(max(wanted, half), HEIGHT - half)
    state.moves[seat] = reached - state.paddles[seat]
    state.paddles[seat] = reached


def fly(state):
    """One tick of flight: a paddle that is in the way sends the ball back, and so do the upper and the lower wall."""
    sideways = abs(state.flight[0])
    seat = int(state.flight[0] > 0)
    face = WIDTH - REACH - RADIUS if seat == 1 else REACH + RADIUS
    gap = face - state.ball[0] if seat == 1 else state.ball[0] - face
    if 0 < gap <= sideways:
        height = within_walls(state.ball[1] + share(state.flight[1] * gap, sideways))
        if abs(height - state.paddles[seat]) <= state.paddle // 2 + RADIUS:
            hit(state, seat, face, height)
            return
    straight = state.ball[1] + state.flight[1]
    state.ball[0] += state.flight[0]
    state.ball[1] = within_walls(straight)
    if state.ball[1] != straight:
        state.flight[1] = -state.flight[1]


def hit(state, seat, face, height):
    """The ball leaves the paddle at an angle that tells where it was hit: the nearer to the tip, the steeper."""
    sideways = min(abs(state.flight[0]) + FASTER, FASTEST)
    state.ball[0] = face
    state.ball[1] = height
    state.flight[0] = sideways if seat == 0 else -sideways
    state.flight[1] = share(STEEPEST * (height - state.paddles[seat]), state.paddle // 2 + RADIUS)
    state.rally += 1


def within_walls(y):
    """The height ``y`` mirrored at the wall, if it is beyond one."""
    if y < RADIUS:
        return 2 * RADIUS - y
    if y > HEIGHT - RADIUS:
        return 2 * (HEIGHT - RADIUS) - y
    return y


def share(amount, parts):
    """``amount / parts``, rounded towards zero, so that up and down are alike."""
    return amount // parts if amount >= 0 else -(-amount // parts)


def reward(state, rewards):
    if state.scorer >= 0:
        rewards[state.scorer] = 1.0
        rewards[1 - state.scorer] = -1.0


def observe(state, seat, observation):
    """Each seat sees itself on the left; see the README for the eleven numbers."""
    other = 1 - seat
    side = 1 - 2 * seat
    observation[0] = centred(state.paddles[seat], HEIGHT)
    observation[1] = centred(state.paddles[other], HEIGHT)
    observation[2] = state.moves[seat] / PADDLE_SPEED
    observation[3] = state.moves[other] / PADDLE_SPEED
    observation[4] = side * centred(state.ball[0], WIDTH)
    observation[5] = centred(state.ball[1], HEIGHT)
    observation[6] = side * state.flight[0] / FASTEST
    observation[7] = state.flight[1] / STEEPEST
    observation[8] = state.scores[seat] / state.points
    observation[9] = state.scores[other] / state.points
    observation[10] = 1.0 - state.ply / state.limit


def centred(length, whole):
    """``length`` in 0..whole as a number in -1..1."""
    return (2 * length - whole) / whole
