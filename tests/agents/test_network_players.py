"""Networks as players: models of the registry and ONNX files from anywhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sparring.agents.spec import load
from sparring.engine import Game, load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.matches import play_duel
from sparring.models import Registry, manifest_for


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))


def linear_network(weight: NDArray[np.float32], flat: bool, element: int = TensorProto.FLOAT) -> bytes:
    """Observations times ``weight [features, actions]``; the input is flat or of shape [B, 2, 3, 3]."""
    shape: list[str | int | None] = ["batch", int(weight.shape[0])] if flat else ["batch", 2, 3, 3]
    nodes = [
        helper.make_node("Cast", ["x"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["real"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weight"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("x", element, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", weight.shape[1]])],
        [numpy_helper.from_array(weight, "weight")],
    )
    opset = [helper.make_opsetid("", 20)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString())


def weights(game: Game, seed: int = 1) -> NDArray[np.float32]:
    features = int(np.prod(game.observation_shape))
    return np.random.default_rng(seed).normal(size=(features, game.num_actions)).astype(np.float32)


def write_network(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


def played(game: Game, spec: str, seed: int = 0, matches: int = 40) -> list[bytes]:
    players = [load(spec, game, seed=seed), load("random", game, seed=7)]
    duel = play_duel(game, players, ["network", "random"], matches=matches, seed=1)
    assert duel.tally().errors == (0, 0)
    return [record.actions.tobytes() for record in duel.records]


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("element", [TensorProto.FLOAT, TensorProto.INT8, TensorProto.DOUBLE])
def test_any_onnx_file_with_one_input_plays(tmp_path: Path, flat: bool, element: int) -> None:
    game = load_game("tic_tac_toe")
    path = write_network(tmp_path / "net.onnx", linear_network(weights(game), flat, element))
    assert played(game, f"onnx:{path}") == played(game, f"onnx:{path}", seed=5)


def test_a_model_of_the_registry_plays_as_its_file_does(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    content = linear_network(weights(game), flat=False)
    reference = Registry().publish("tic_tac_toe/ada", {"model.onnx": content}, manifest_for(game))
    path = write_network(tmp_path / "net.onnx", content)
    assert played(game, f"model:{reference}") == played(game, "model:tic_tac_toe/ada") == played(game, f"onnx:{path}")


def test_with_a_temperature_it_draws_and_the_seed_decides(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = write_network(tmp_path / "net.onnx", linear_network(weights(game), flat=True))
    drawn = played(game, f"onnx:{path},temperature=1")
    assert drawn == played(game, f"onnx:{path},temperature=1")
    assert drawn != played(game, f"onnx:{path},temperature=1", seed=1)
    assert drawn != played(game, f"onnx:{path}")
    assert played(game, f"onnx:{path},temperature=1,plies=0") == played(game, f"onnx:{path}")


def test_what_is_drawn_follows_the_policy(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = write_network(tmp_path / "net.onnx", linear_network(np.zeros((18, 9), np.float32), flat=True))
    players = [load(f"onnx:{path},temperature=1", game), load("random", game)]
    records = play_duel(game, players, ["network", "random"], matches=1800, seed=1).records
    openings = np.array([record.actions[0] for record in records if record.first_player == 0])
    assert np.bincount(openings, minlength=9) == pytest.approx(np.full(9, 100), abs=45)


def test_a_draw_does_not_depend_on_who_else_is_asked(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = write_network(tmp_path / "net.onnx", linear_network(weights(game), flat=True))
    many = play_duel(
        game, [load(f"onnx:{path},temperature=1", game, seed=3), load("minimax:depth=1", game)], ["a", "b"], 40, seed=1
    )
    few = play_duel(
        game, [load(f"onnx:{path},temperature=1", game, seed=3), load("minimax:depth=1", game)], ["a", "b"], 6, seed=1
    )
    assert [record.actions.tolist() for record in few.records] == [
        record.actions.tolist() for record in many.records[:6]
    ]


def test_files_that_cannot_play_get_a_sentence(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    with pytest.raises(SparringError, match="There is no file"):
        load(f"onnx:{tmp_path / 'nowhere.onnx'}", game)
    with pytest.raises(SparringError, match="no ONNX network that can be read"):
        load(f"onnx:{write_network(tmp_path / 'rubbish.onnx', b'rubbish')}", game)
    narrow = linear_network(np.zeros((18, 4), np.float32), flat=True)
    with pytest.raises(SparringError, match="has 9 actions"):
        load(f"onnx:{write_network(tmp_path / 'narrow.onnx', narrow)}", game)
    blind = linear_network(np.zeros((7, 9), np.float32), flat=True)
    with pytest.raises(SparringError, match="can't see Tic-tac-toe"):
        load(f"onnx:{write_network(tmp_path / 'blind.onnx', blind)}", game)


def test_models_that_cannot_play_get_a_sentence() -> None:
    game = load_game("tic_tac_toe")
    Registry().publish("tic_tac_toe/ada", {"model.onnx": linear_network(weights(game), True)}, manifest_for(game))
    with pytest.raises(UnknownName, match="Did you mean 'tic_tac_toe/ada'"):
        load("model:tic_tac_toe/aba", game)
    with pytest.raises(SparringError, match="made for another game"):
        load("model:tic_tac_toe/ada", load_game("connect_four"))
    with pytest.raises(BadOption, match="temperature and plies"):
        load("model:tic_tac_toe/ada,heat=1", game)
    with pytest.raises(BadOption, match="temperature can't be 'warm'"):
        load("model:tic_tac_toe/ada,temperature=warm", game)


def test_a_network_that_answers_nonsense_loses_by_its_fault(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    weight = weights(game)
    weight[0] = np.nan
    path = write_network(tmp_path / "net.onnx", linear_network(weight, flat=True))
    players = [load(f"onnx:{path}", game), load("random", game)]
    tally = play_duel(game, players, ["network", "random"], matches=10, seed=1).tally()
    assert tally.errors[0] > 0
    assert tally.errors[1] == 0


def test_a_network_plays_without_the_learner_s_packages(tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    path = write_network(tmp_path / "net.onnx", linear_network(weights(game), flat=True))
    script = (
        "import sys\nfrom sparring.agents.spec import load\nfrom sparring.engine import load_game\n"
        f"load('onnx:{path}', load_game('tic_tac_toe'))\n"
        "print(sorted({'torch', 'onnx', 'tensorboard', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_checker_accepts_the_networks_of_these_tests() -> None:
    onnx.checker.check_model(onnx.load_model_from_string(linear_network(np.zeros((18, 9), np.float32), flat=False)))
