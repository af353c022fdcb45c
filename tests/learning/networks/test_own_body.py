"""What turns with the world, seen from the own body: the same however the world is turned, and exported as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sparring.engine import Bearings, load_game
from sparring.errors import BadOption
from sparring.games.robosumo.physics import pairing
from sparring.learning.configuration import configure
from sparring.learning.networks import build_network
from sparring.learning.networks.own_body import FromOwnBody, OwnBody
from sparring.models.onnx_export import export_onnx

SEEING = {"network.bearings": True, "network.normalise": True, "network.separate": True, "network.hidden": "16"}


def turned(states: Any, robot: str) -> Any:
    """Records of matches of two such robots, turned by 1 radian about the middle of the mat."""
    states, angle = states.copy(), 1.0
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for seat in range(2):
        places, speeds = (of(states._physics, seat) for of in (pairing(robot, robot).positions, velocities(robot)))
        places[:, :2], speeds[:, :2] = places[:, :2] @ turn, speeds[:, :2] @ turn
        w, x, y, z = places[:, 3:7].copy().T
        cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
        after = cosine * w - sine * z, cosine * x - sine * y, cosine * y + sine * x, cosine * z + sine * w
        places[:, 3:7] = np.stack(after, axis=1)
    return states


def velocities(robot: str) -> Any:
    return pairing(robot, robot).velocities


@pytest.mark.parametrize("robot", ["ant", "spider"])
def test_turning_the_world_changes_nothing_of_it(robot: str) -> None:
    game = load_game("robosumo", {"first": robot, "second": robot})
    states, chance = game.new_states(np.arange(8)), np.random.default_rng(1)
    for _ in range(15):
        game.play_unchecked(states, chance.uniform(-1, 1, (8, 2, *game.action_shape)).astype(np.float32))
    assert game.bearings is not None
    layer = OwnBody(game.bearings, game.observation_shape[0])
    for seat in range(2):
        seats = np.full(8, seat, np.int8)
        watched = (torch.from_numpy(game.observe(each, seats)) for each in (states, turned(states, robot)))
        seen, other = (layer(each).turned for each in watched)
        assert seen.shape == (8, layer.width)
        assert seen.std(dim=0).min() > 1e-4
        assert torch.allclose(seen, other, atol=1e-5)


def test_who_looks_along_y_has_what_lies_there_ahead() -> None:
    half = np.sqrt(0.5)
    own, other, speed = [1.0, 0.0, half, 0.0, 0.0, half], [1.0, 2.0, 1.0, 0.0, 0.0, 0.0], [-3.0, 0.0]
    layer = FromOwnBody(Bearings(places=(0, 6), attitudes=(2, 8), directions=(12,)), 14)
    seen = layer(torch.tensor([[*own, *other, *speed]], dtype=torch.float32))
    ahead, aside = [0.0, 2.0, 0.0, 0.0], [1.0, 0.0, 3.0, -1.0]  # middle, the other one, speed, the other one's look
    assert seen[0].tolist() == pytest.approx([*ahead, *aside, 0, 0, 1, 0, 0, 1], abs=1e-5)


def test_whichever_side_of_an_ant_is_called_its_front_the_same_legs_pull() -> None:
    game = load_game("robosumo")
    network = some_network(game)
    states, chance = game.new_states(np.arange(8)), np.random.default_rng(1)
    for _ in range(15):
        game.play_unchecked(states, chance.uniform(-1, 1, (8, 2, 8)).astype(np.float32))
    seen = game.observe(states, np.zeros(8, np.int8))
    said, values = network(torch.from_numpy(seen))
    assert game.bearings is not None
    assert len(game.bearings.sides) == 4
    for view, move in game.bearings.sides:
        also, same_values = network(torch.from_numpy((seen @ view.T).astype(np.float32)))
        moves = torch.from_numpy(move).float()
        assert torch.allclose(also[:, :8], said[:, :8] @ moves.T, atol=1e-4)
        assert torch.allclose(also[:, 8:], said[:, 8:] @ moves.T.abs(), atol=1e-4)
        assert torch.allclose(values, same_values, atol=1e-4)


def some_network(game: Any) -> Any:
    torch.manual_seed(1)
    network = build_network(configure(game, SEEING), game)
    torch.nn.init.orthogonal_(network.policy.mean.weight, 1.0)
    with torch.no_grad():
        network.policy.log_deviation.normal_()
    return network


def test_what_is_exported_sees_the_same() -> None:
    game = load_game("robosumo")
    export_onnx(some_network(game), game)  # which compares the two


@pytest.mark.parametrize(
    ("name", "options", "more", "said"),
    [
        ("gym:CartPole-v1", {}, {}, "doesn't say what turns"),
        ("robosumo", {"first": "bug"}, {}, "doesn't say what turns"),
        ("robosumo", {}, {"frames": 2}, "neither play.frames"),
    ],
)
def test_it_is_refused_where_nothing_turns(name: str, options: Any, more: Any, said: str) -> None:
    game = load_game(name, options)
    with pytest.raises(BadOption, match=said):
        build_network(configure(game, SEEING | more), game)
