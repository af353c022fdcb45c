"""RoboSumo: the bodies are those of the published environment, and a record is all there is to a match."""

from __future__ import annotations

import sys
from itertools import product

import mujoco
import numpy as np
import pytest

from sparring.agents import load
from sparring.engine import Batch, game_names, load_game
from sparring.errors import MissingExtra
from sparring.games.robosumo import physics
from sparring.games.robosumo.physics import Pairing, pairing
from sparring.games.robosumo.pose import joints_of
from sparring.games.robosumo.robots import ROBOTS
from sparring.games.robosumo.rules import NAMES
from sparring.games.robosumo.scene import scene
from sparring.matches import play_duel
from sparring.matches.referee import Pairing as Seating
from sparring.matches.referee import play_matches

PAIRINGS = list(product(NAMES, NAMES))
SIZES = {
    "ant": {"motors": 8, "observation": 120, "nq": 15, "nv": 14, "bodies": 13, "mass": 2.368},
    "bug": {"motors": 12, "observation": 164, "nq": 19, "nv": 18, "bodies": 19, "mass": 2.310},
    "spider": {"motors": 16, "observation": 208, "nq": 23, "nv": 22, "bodies": 25, "mass": 2.829},
}
"""Al-Shedivat et al., 2018 (arXiv 1710.03641), as their environment has them."""


def fight(options, rows, steps, seed=1):
    """Records after some steps of random pulls, and the pulls: float32 [steps, B, 2, motors]."""
    game = load_game("robosumo", options)
    states = game.new_states(np.arange(rows))
    pulls = np.random.default_rng(seed).uniform(-1, 1, (steps, rows, 2, *game.action_shape)).astype(np.float32)
    for each in pulls:
        game.play_unchecked(states, each)
    return game, states, pulls


def same(records, others):
    return all(records[name].tobytes() == others[name].tobytes() for name in records.dtype.names)


@pytest.mark.parametrize(("first", "second"), PAIRINGS)
def test_bodies_have_the_published_sizes_and_masses(first, second):
    model, one, two = pairing(first, second).model, SIZES[first], SIZES[second]
    assert (model.nq, model.nv) == (one["nq"] + two["nq"], one["nv"] + two["nv"])
    assert model.nbody == 1 + one["bodies"] + two["bodies"]
    assert model.nu == one["motors"] + two["motors"]
    for seat, robot in enumerate((one, two)):
        start = 1 + seat * one["bodies"]
        assert model.body_mass[start : start + robot["bodies"]].sum() == pytest.approx(robot["mass"], abs=5e-4)
    game = load_game("robosumo", {"first": first, "second": second})
    assert game.action_shape == (max(one["motors"], two["motors"]),)
    assert game.observation_shape == (max(one["observation"], two["observation"]),)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_touch_itself_does_not_twenty_degrees_beyond_its_joints(name):
    model = mujoco.MjModel.from_xml_string(scene(ROBOTS[name], ROBOTS["ant"]))
    data, chance, beyond = mujoco.MjData(model), np.random.default_rng(1), np.deg2rad(20)
    hinges = [
        joint
        for joint in range(model.njnt)
        if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_HINGE and model.body_rootid[model.jnt_bodyid[joint]] == 1
    ]
    low, high = model.jnt_range[hinges].T
    touched = False
    for _ in range(3000):
        data.qpos[:7] = 0, 0, 8, 1, 0, 0, 0
        ends = chance.integers(0, 2, len(hinges)) * (high - low + 2 * beyond) + low - beyond
        between = chance.uniform(low - beyond, high + beyond)
        data.qpos[model.jnt_qposadr[hinges]] = np.where(chance.random(len(hinges)) < 0.5, ends, between)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        touched |= any((model.body_rootid[model.geom_bodyid[contact.geom]] == 1).all() for contact in data.contact)
    assert touched == ROBOTS[name].touches_itself


def test_leaving_out_what_cannot_touch_changes_nothing():
    _, states, pulls = fight({}, rows=1, steps=60)
    model = mujoco.MjModel.from_xml_string(scene(ROBOTS["ant"], ROBOTS["ant"]))
    assert pairing("ant", "ant").model.nexclude > model.nexclude == 0
    data = mujoco.MjData(model)
    mujoco.mj_setState(model, data, load_game("robosumo").new_states([0])[0]._physics, pairing("ant", "ant")._kept)
    for each in pulls[:, 0]:
        data.ctrl[:] = each.ravel()
        mujoco.mj_step(model, data, physics.FRAMES)
    assert (states[0]._physics[1:31] == data.qpos).all()


def test_the_world_is_the_published_one():
    model = pairing("ant", "ant").model
    assert (model.opt.timestep, physics.FRAMES) == (0.01, 5)
    assert model.opt.integrator == mujoco.mjtIntegrator.mjINT_RK4
    floor, mat, border, torso, leg = 0, 1, 2, 6, 7
    assert model.geom_pos[floor, 2] == -0.025
    assert model.geom_size[mat].tolist() == [2.3, 2.3, 0.25]
    assert model.geom_pos[mat, 2] == 0.25
    assert model.geom_friction[[floor, mat]].tolist() == [[1, 0.1, 0.1]] * 2
    assert [abs(model.geom_pos[border + side, :2]).max() for side in range(4)] == [2.0] * 4
    assert (model.geom_size[border, 0], model.geom_pos[border, 2]) == (0.03, 0.5)
    for geom in (torso, leg):
        assert model.geom_friction[geom].tolist() == [1, 0.5, 0.5]
        assert (model.geom_margin[geom], model.geom_condim[geom], model.geom_conaffinity[geom]) == (0.01, 3, 1)
    assert (model.geom_size[torso, 0], model.geom_size[leg, 0]) == (0.25, 0.08)
    assert model.dof_armature[:8].tolist() == model.dof_damping[:8].tolist() == [0] * 6 + [1, 1]
    assert (model.actuator_gear[:, 0] == 150).all()
    assert (model.actuator_ctrlrange == [-1, 1]).all()
    assert [model.joint(int(joint)).name for joint in model.actuator_trnid[:3, 0]] == [
        "hip_0_0",
        "ankle_0_0",
        "hip_0_1",
    ]


@pytest.mark.parametrize(
    ("robot", "ankles"),
    [
        ("ant", [(-70, -30), (30, 70), (-70, -30), (30, 70)]),
        ("bug", [(30, 70), (-70, -30), (-70, -30), (30, 70), (-70, -30), (30, 70)]),
        ("spider", [(-35, 45), (-45, 35)] * 4),
    ],
)
def test_joints_bend_as_far_as_published(robot, ankles):
    model = pairing(robot, robot).model
    limits = np.degrees(model.jnt_range[1 : 1 + 2 * len(ankles)])
    hip = 20 if robot == "spider" else 30
    assert limits[::2] == pytest.approx(np.array([(-hip, hip)] * len(ankles)))
    assert limits[1::2] == pytest.approx(np.array(ankles))


@pytest.mark.parametrize(("first", "second"), PAIRINGS)
def test_a_drawing_finds_the_legs_where_the_simulator_has_them(first, second):
    _, states, _ = fight({"first": first, "second": second}, rows=1, steps=7)
    two = pairing(first, second)
    data = mujoco.MjData(two.model)
    mujoco.mj_setState(two.model, data, states[0]._physics, two._kept)
    mujoco.mj_kinematics(two.model, data)
    body, start = 1, 0
    for name in (first, second):
        robot = ROBOTS[name]
        body += 1
        for ends in joints_of(robot, states[0].pose[start : start + robot.positions].tolist()):
            assert np.array(ends[:3]) == pytest.approx(data.xpos[body : body + 3], abs=5e-4)
            body += 3
        start += robot.positions


def test_robots_start_opposite_each_other_with_a_little_noise():
    states = load_game("robosumo").new_states(np.arange(64))
    first, second = states.pose[:, :3], states.pose[:, 15:18]
    for place in (first, second):
        assert abs(place[:, 2] - 1.25).max() <= 0.1
        assert abs(np.hypot(place[:, 0], place[:, 1]) - 1.15).max() <= np.hypot(0.1, 0.1)
    assert abs((first + second)[:, :2]).max() <= 0.2
    assert len(np.unique(np.round(np.arctan2(first[:, 1], first[:, 0]), 1))) > 30
    assert np.linalg.norm(states.pose[:, 3:7], axis=1) == pytest.approx(1, abs=1e-3)
    joints = states.pose[:, 7:15]
    assert 0.09 < abs(joints).max() <= 0.1
    assert 0.07 < states._physics[:, 31:59].std() < 0.13


def test_what_a_seat_sees_is_what_the_simulator_says():
    game, states, _ = fight({"first": "bug", "second": "ant"}, rows=3, steps=6)
    qpos, qvel, forces = states._physics[:, 1:35], states._physics[:, 35:67], states._forces
    first = game.observe(states, np.zeros(3, np.int8))
    expected = [qpos[:, :19], qvel[:, :18], forces[:, :19].reshape(3, -1), qpos[:, 19:26], forces[:, 19]]
    assert first == pytest.approx(np.concatenate(expected, axis=1), rel=1e-6)
    second = game.observe(states, np.ones(3, np.int8))
    expected = [qpos[:, 19:], qvel[:, 18:], forces[:, 19:].reshape(3, -1), qpos[:, :7], forces[:, 0]]
    assert second[:, :120] == pytest.approx(np.concatenate(expected, axis=1), rel=1e-6)
    assert (second[:, 120:] == 0).all()
    assert 0 < forces.max() <= 100
    assert forces.min() >= 0


def test_forces_are_those_of_the_simulator_after_its_step():
    _, states, pulls = fight({}, rows=1, steps=12)
    two = pairing("ant", "ant")
    data = mujoco.MjData(two.model)
    mujoco.mj_setState(two.model, data, load_game("robosumo").new_states([0])[0]._physics, two._kept)
    for each in pulls[:, 0]:
        data.ctrl[:] = each.ravel()
        for _ in range(5):
            mujoco.mj_step(two.model, data)
        mujoco.mj_rnePostConstraint(two.model, data)
    assert (states[0]._forces == np.abs(np.clip(data.cfrc_ext[1:], -100, 100)).astype(np.float32)).all()
    assert (states[0]._physics[1:31] == data.qpos).all()


def test_seeing_from_the_mat_only_lowers_the_heights():
    plain, states, _ = fight({}, rows=2, steps=2)
    adjusted, lowered, _ = fight({"adjusted": True}, rows=2, steps=2)
    for seat in range(2):
        seats = np.full(2, seat, np.int8)
        difference = plain.observe(states, seats) - adjusted.observe(lowered, seats)
        assert np.flatnonzero(difference.any(axis=0)).tolist() == [2, 109]
        assert difference[:, [2, 109]] == pytest.approx(0.5)


@pytest.mark.parametrize("pair", [("ant", "ant"), ("spider", "bug")])
def test_the_same_bytes_alone_in_a_batch_on_threads_and_from_a_copy(pair, monkeypatch):
    options = {"first": pair[0], "second": pair[1]}
    game, together, pulls = fight(options, rows=5, steps=8)
    for row in range(5):
        alone = game.new_states([row])
        for ply, each in enumerate(pulls):
            alone = np.frombuffer(alone.tobytes(), game.state_dtype).copy().view(np.recarray)
            game.play_unchecked(alone, each[row : row + 1])
            assert alone.ply[0] == ply + 1
        assert same(alone[0], together[row])
    monkeypatch.setattr(physics, "cores", lambda: 1)
    assert same(fight(options, rows=5, steps=8)[1], together)
    monkeypatch.setattr(physics, "cores", lambda: 4)
    assert same(fight(options, rows=5, steps=8)[1], together)


def test_another_match_in_the_same_simulator_leaves_no_trace():
    _, untouched, _ = fight({}, rows=1, steps=6)
    game, states, _ = fight({}, rows=1, steps=3)
    fight({}, rows=3, steps=20, seed=9)
    for each in np.random.default_rng(1).uniform(-1, 1, (6, 1, 2, 8)).astype(np.float32)[3:]:
        game.play_unchecked(states, each)
    assert same(states, untouched)


def put(states, seat, place):
    """Move a robot of ant against ant to (x, y, z)."""
    start = 1 + 15 * seat
    states._physics[:, start : start + 3] = place


@pytest.mark.parametrize(
    ("adjusted", "places", "winner", "rewards"),
    [
        (False, [(2.3, 0, 1.2), (0, 0, 1.2)], 1, (-2000, 2000)),
        (False, [(0, 0, 1.2), (0.4, -2.3, 1.2)], 0, (2000, -2000)),
        (False, [(2.3, 0, 1.2), (-2.3, 0, 1.2)], -1, (0, 0)),
        (False, [(3.5, 3.5, 0.1), (0, 0, 1.2)], 1, (-2000, 2000)),
        (True, [(0, 0, 0.85), (1.5, 0, 1.3)], 1, (-2000, 2000)),
    ],
)
def test_who_leaves_the_mat_or_drops_has_lost(adjusted, places, winner, rewards):
    game = load_game("robosumo", {"adjusted": adjusted})
    states = game.new_states([1])
    for seat, place in enumerate(places):
        put(states, seat, place)
    states._physics[:, 31 + 2] = -4 * adjusted  # thrown onto the mat
    assert game.play(states, np.zeros((1, 2, 8), np.float32)).tolist() == [list(rewards)]
    assert (states.over[0], states.winner[0]) == (True, winner)


def test_after_the_last_step_it_is_a_draw():
    game = load_game("robosumo", {"steps": 4})
    states = game.new_states([1, 2])
    for step in range(4):
        rewards = game.play(states, np.zeros((2, 2, 8), np.float32))
        assert rewards.tolist() == [[-1000, -1000]] * 2 if step == 3 else not rewards.any()
    assert states.over.all()
    assert (states.winner == -1).all()
    assert load_game("robosumo").options["steps"] == 500


def test_shaping_rewards_closing_in_and_pushing_out_and_costs_strength():
    game = load_game("robosumo", {"shaping": True})
    states = game.new_states(np.arange(6))
    before = states.copy()
    pulls = np.random.default_rng(3).uniform(-1, 1, (6, 2, 8)).astype(np.float32)
    rewards = game.play(states, pulls)
    for row, seat in product(range(6), range(2)):
        own, other = ((1 + 15 * which, 3 + 15 * which) for which in (seat, 1 - seat))
        was, now = before[row]._physics[slice(*own)], states[row]._physics[slice(*own)]
        target = states[row]._physics[slice(*other)]
        speed = (now - was) @ (target - was) / np.linalg.norm(target - was) / 0.05
        expected = 0.1 * max(0.0, speed) - 0.1 * (pulls[row, seat] ** 2).sum() - 10 * np.exp(-np.linalg.norm(target))
        assert rewards[row, seat] == pytest.approx(expected, rel=1e-4)
        assert before.out[row, seat] == pytest.approx(np.abs(was[:2]).max())
        assert states.out[row, seat] == pytest.approx(np.abs(now[:2]).max())


def test_turned_by_a_quarter_an_ant_is_the_same_with_other_names_of_its_legs():
    game, states, pulls = fight({}, rows=4, steps=8)
    two = pairing("ant", "ant")
    assert len(game.bearings.sides) == 4
    assert len(load_game("robosumo", {"first": "spider", "second": "spider"}).bearings.sides) == 1
    for view, move in game.bearings.sides:
        first, second, pulled = states.copy(), states.copy(), pulls[3]
        size = ROBOTS["ant"].positions
        for of, part in ((two.positions, view[:size, :size]), (two.velocities, view[size:, size:])):
            own = of(second._physics, 0)
            own[:] = own @ part[: own.shape[1], : own.shape[1]].T
        renamed = pulled.copy()
        renamed[:, 0] = pulled[:, 0] @ move.T
        game.play_unchecked(first, pulled)
        game.play_unchecked(second, renamed)
        seen, other = (game.observe(each, np.zeros(4, np.int8)) for each in (first, second))
        assert other == pytest.approx(seen @ view.T, abs=1e-2)
        assert other[:, :size] == pytest.approx((seen @ view.T)[:, :size], abs=1e-4)


def test_motors_that_a_smaller_robot_lacks_are_ignored_and_free():
    options = {"first": "ant", "second": "spider", "shaping": True}
    game = load_game("robosumo", options)
    pulls = np.random.default_rng(1).uniform(-1, 1, (2, 2, 16)).astype(np.float32)
    others = pulls.copy()
    others[:, 0, 8:] = 0
    first, second = game.new_states([1, 2]), game.new_states([1, 2])
    assert (game.play(first, pulls) == game.play(second, others)).all()
    assert same(first, second)


def test_matches_follow_one_another_from_new_places():
    batch = Batch(load_game("robosumo", {"steps": 2}), 2, seed=1)
    starts = set()
    for _ in range(6):
        starts |= set(np.round(batch.observations[:, 0, 0], 3).tolist())
        batch.step(batch.random_actions())
        batch.step(batch.random_actions())
        assert batch.over.all()
    assert len(starts) == 12


def test_the_model_is_made_once():
    assert pairing("ant", "bug") is pairing("ant", "bug")
    assert isinstance(pairing("ant", "bug"), Pairing)


def test_without_mujoco_one_is_told_how_to_get_it_and_other_games_go_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    with pytest.raises(MissingExtra, match=r"RoboSumo needs the package 'mujoco'.*pip install 'sparring\[mujoco\]'"):
        load_game("robosumo")
    assert "robosumo" in game_names()
    load_game("connect_four")


def test_the_drawing_shows_height_distance_and_the_winner():
    game = load_game("robosumo", {"first": "spider", "second": "bug"})
    states = game.new_states([1])
    lying, flying = states.copy(), states.copy()
    lying.pose[:, 2], flying.pose[:, 2] = 0.6, 1.6
    assert game.draw(lying[0]) != game.draw(flying[0])
    assert 'class="win"' not in game.draw(states[0])
    states.winner, states.over = 1, True
    assert game.draw(states[0]).count('class="win"') == 1
    assert "the second robot won" in game.draw(states[0])
    assert len(game.draw(states[0])) < 20_000


@pytest.mark.parametrize(("first", "second"), [("ant", "ant"), ("bug", "bug"), ("spider", "ant")])
def test_the_pusher_pushes_out_who_twitches_and_hardly_ever_goes_down_itself(first, second):
    game = load_game("robosumo", {"first": first, "second": second, "steps": 150})
    seeds = np.arange(8, dtype=np.uint64)
    seating = Seating(seeds, np.tile(np.array([[0, 1]], np.int8), (8, 1)))
    records = play_matches(game, [load("scripted:pusher", game), load("random", game)], ["a", "b"], seating)
    winners = [record.winner for record in records]
    assert winners.count(0) >= 6
    assert winners.count(1) <= 1


def test_still_stands_until_the_draw():
    game = load_game("robosumo", {"steps": 40})
    players = [load("scripted:still", game), load("scripted:still", game)]
    assert play_duel(game, players, ["a", "b"], matches=4, seed=1).tally().draws == 4
