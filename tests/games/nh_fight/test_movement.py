"""Where fighters stand and go, and the gear of who only waits."""

from __future__ import annotations

from sparring.games.nh_fight import loadouts
from sparring.games.nh_fight.formulas import MAGE, MELEE, RANGED
from sparring.games.nh_fight.movement import ADJACENT, DIAGONAL, FARCAST, UNDER
from sparring.games.nh_fight.upkeep import FROZEN
from tests.games.nh_fight.ring import BASIC, ICE, able, choice, fight, is_legal, play


def test_nobody_attacks_from_the_same_tile_and_melee_not_diagonally():
    for place, in_reach in (([1, 0], True), ([0, -1], True), ([1, 1], False), ([2, 0], False), ([0, 0], False)):
        game, states = fight()
        able(states)
        states.place[0, 1] = place
        states.timers[0, 0, FROZEN] = 10
        assert is_legal(game, states, 0, melee=BASIC) == in_reach
        assert is_legal(game, states, 0, mage=ICE) == (place != [0, 0])
        states.timers[0, 0, FROZEN] = 0
        assert is_legal(game, states, 0, melee=BASIC), "who is free walks there"


def test_attackers_walk_two_tiles_towards_their_reach():
    for distance, place, attacked in ((3, 2, True), (4, 2, False)):
        game, states = fight(distance=distance)
        able(states)
        play(game, states, choice(melee=BASIC))
        assert states.place[0, 0].tolist() == [place, 0]
        assert (states.attacked[0, 0] == MELEE) == attacked
    game, states = fight(distance=9)
    able(states)
    play(game, states, choice(ranged=BASIC))
    assert states.place[0, 0].tolist() == [2, 0]
    assert states.attacked[0, 0] == RANGED


def test_movements_go_where_they_say_two_tiles_a_tick():
    for move, far, start, end in (
        (ADJACENT, 0, [-4, 1], [-2, 0]),
        (ADJACENT, 0, [-2, 1], [-1, 0]),
        (DIAGONAL, 0, [-2, 0], [-1, 1]),
        (FARCAST, 4, [-1, 0], [-3, 0]),
        (FARCAST, 2, [-4, 3], [-2, 2]),
        (FARCAST, 2, [1, -1], [2, -1]),
    ):
        game, states = fight()
        states.place[0] = [start, [0, 0]]
        play(game, states, choice(move=move, far=max(far - 1, 0)))
        assert states.place[0, 0].tolist() == end, (move, far, start)


def test_under_is_only_for_a_frozen_opponent_and_distances_only_for_farcasts():
    game, states = fight()
    assert not is_legal(game, states, 0, move=UNDER)
    states.timers[0, 1, FROZEN] = 5
    assert is_legal(game, states, 0, move=UNDER)
    play(game, states, choice(move=UNDER))
    assert (states.place[0, 0] == states.place[0, 1]).all()
    assert is_legal(game, states, 0, move=FARCAST, far=6)
    assert not is_legal(game, states, 0, move=FARCAST)
    assert not is_legal(game, states, 0, move=ADJACENT, far=1)


def test_who_could_attack_does_not_move_unless_that_is_allowed_and_then_it_cancels_the_attack():
    game, states = fight()
    able(states)
    assert not is_legal(game, states, 0, melee=BASIC, move=DIAGONAL)
    game, states = fight(move_while_able=True)
    able(states)
    assert is_legal(game, states, 0, melee=BASIC, move=DIAGONAL)
    play(game, states, choice(melee=BASIC, move=DIAGONAL))
    assert states.attacked[0, 0] == 0
    assert states.place[0, 0].tolist() == [0, 1]


def test_tank_gear_is_for_who_does_not_attack_while_the_opponent_may():
    game, states = fight()
    assert not is_legal(game, states, 0, gear=1)
    able(states, 1)
    assert is_legal(game, states, 0, gear=1)
    play(game, states, choice(gear=1), choice(mage=ICE))
    assert states.worn[0].tolist() == [loadouts.TANK, MAGE]
    able(states, 0)
    able(states, 1)
    assert not is_legal(game, states, 0, gear=1, mage=ICE)
