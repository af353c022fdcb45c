"""Programs in other languages, and networks, in the real sandbox: they speak the wire protocol or lose."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sparring.agents import load
from sparring.agents.program_file import read_program_file
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.matches import play_duel
from sparring.sandbox import Limits, load_player

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "programs"
GAME = load_game("tic_tac_toe")
IMPATIENT = Limits(move_seconds=0.2, bank_seconds=0.2, start_seconds=2)
FRAMES = """
import struct, sys, msgpack
def receive():
    (size,) = struct.unpack("<I", sys.stdin.buffer.read(4))
    return msgpack.unpackb(sys.stdin.buffer.read(size))
def send(message):
    body = msgpack.packb(message)
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()
"""
BEGINS = FRAMES + "receive()\nsend({'type': 'loaded'})\nsend({'type': 'begun', 'call': receive()['call']})\n"


def zipped(folder: Path, target: Path) -> Path:
    """The files of ``folder`` as a submission."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target


def program(tmp_path: Path, source: str, command: str = '["python", "agent.py"]') -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "agent.py").write_text(source)
    (folder / "sparring.toml").write_text(f"command = {command}\n")
    return zipped(folder, tmp_path / "program.zip")


def duel(path: Path, matches: int = 4, limits: Limits | None = None):
    player = load_player(str(path), GAME, driver="bubblewrap", limits=limits)
    try:
        result = play_duel(GAME, [player, load("random", GAME, seed=1)], names=["it", "r"], matches=matches, seed=2)
        return result, player.log
    finally:
        player.close()


def fault_of(path: Path):
    """The fault with which a program loses its first match."""
    result, _ = duel(path, matches=2, limits=IMPATIENT)
    assert result.tally().errors == (2, 0)
    return result.records[0].fault


@pytest.mark.parametrize("language", ["python", "javascript", "c"])
def test_a_program_without_sparring_plays_through_the_wire_protocol(tmp_path, language):
    result, _ = duel(zipped(EXAMPLES / language, tmp_path / "it.zip"), matches=20)
    tally = result.tally()
    assert tally.errors == (0, 0)
    assert tally.wins[0] > tally.wins[1]
    assert all(record.actions[0] == 4 for record in result.records if record.first_player == 0), "the middle first"


def test_a_program_that_does_not_compile_says_why(tmp_path):
    path = program(tmp_path, "1 // 0", '["./agent"]\ncompile = ["python3", "agent.py"]')
    with pytest.raises(SparringError, match=r"ended with exit status 1.(.|\n)*ZeroDivisionError"):
        load_player(str(path), GAME, driver="bubblewrap")


def test_what_a_program_says_on_standard_error_is_its_log(tmp_path):
    _, log = duel(zipped(EXAMPLES / "python", tmp_path / "it.zip"))
    assert "playing tic_tac_toe" in log


def test_a_program_that_writes_garbage_breaks_the_protocol(tmp_path):
    fault = fault_of(program(tmp_path, "print('hello, I am an agent', flush=True)\nimport time; time.sleep(60)\n"))
    assert fault.kind == "start"
    assert "protocol" in fault.message


def test_a_program_that_writes_garbage_in_the_middle_of_a_match_loses_it(tmp_path):
    source = BEGINS + "receive()\nsys.stdout.buffer.write(b'\\x02\\0\\0\\0\\xc1\\xc1'); sys.stdout.flush()\nreceive()\n"
    fault = fault_of(program(tmp_path, source))
    assert (fault.kind, "protocol" in fault.message) == ("crash", True)


def test_a_program_that_answers_another_call_loses(tmp_path):
    fault = fault_of(program(tmp_path, BEGINS + "send({'type': 'acted', 'call': receive()['call'] + 1})\nreceive()\n"))
    assert "nobody had asked for" in fault.message


def test_a_program_that_ends_in_the_middle_loses(tmp_path):
    fault = fault_of(program(tmp_path, BEGINS + "receive()\nsys.exit(3)\n"))
    assert (fault.kind, "exit status 3" in fault.message) == ("crash", True)


def test_a_program_that_never_answers_is_stopped_in_time(tmp_path):
    fault = fault_of(program(tmp_path, BEGINS + "receive()\nimport time\ntime.sleep(60)\n"))
    assert fault.kind == "time"


@pytest.mark.parametrize("command", ["no-such-program", "./agent.txt"])
def test_a_command_that_is_not_there_is_named(tmp_path, command):
    fault = fault_of(program(tmp_path, "", f'["{command}"]'))
    assert fault.kind == "start"
    assert f"{command}: No such file" in fault.message


def test_a_program_is_told_the_game(tmp_path):
    source = FRAMES + "game = receive()['game']\nprint(game, file=sys.stderr)\nsys.exit(1)\n"
    _, log = duel(program(tmp_path, source), matches=2)
    assert "'name': 'tic_tac_toe'" in log
    assert "'observation': {'shape': [2, 3, 3], 'dtype': 'int8'}" in log


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"command = [", "no TOML"),
        (b"", "needs command as a list of words"),
        (b'command = "node agent.js"', "needs command as a list of words"),
        (b"command = []", "needs command as a list of words"),
        (b'command = ["a"]\nnetwork = true', "has a key 'network'"),
        (b"\xff\xfe", "no TOML"),
        (b"#" * 70_000, "65536 are allowed"),
    ],
)
def test_a_bad_sparring_toml_is_a_sentence(content, sentence):
    with pytest.raises(SparringError, match=sentence):
        read_program_file(content)


def test_a_program_is_not_run_without_a_sandbox(tmp_path):
    with pytest.raises(SparringError, match="--sandbox bubblewrap"):
        load_player(str(zipped(EXAMPLES / "python", tmp_path / "it.zip")), GAME)


def test_a_network_plays_in_the_sandbox_as_it_does_outside(tmp_path):
    path = network(tmp_path / "net.onnx", [18, 9])
    inside, _ = duel(path, matches=10)
    outside = play_duel(
        GAME, [load(f"onnx:{path}", GAME), load("random", GAME, seed=1)], names=["it", "r"], matches=10, seed=2
    )
    assert inside.tally().errors == (0, 0)
    for one, other in zip(inside.records, outside.records, strict=True):
        assert np.array_equal(one.actions, other.actions)


def test_a_network_for_another_game_is_refused_with_its_shapes(tmp_path):
    result, _ = duel(network(tmp_path / "net.onnx", [18, 7]), matches=2)
    assert result.records[0].fault.message == "The network answers (7,); tic_tac_toe has 9 actions."


def network(path: Path, shape: list[int], **changes) -> Path:
    """An ONNX file: one dense layer, observations flattened."""
    weights = np.random.default_rng(3).normal(size=shape).astype(np.float32)
    node = helper.make_node("MatMul", ["observations", "weights"], ["logits"], **changes)
    graph = helper.make_graph(
        [node],
        "net",
        [helper.make_tensor_value_info("observations", TensorProto.FLOAT, ["batch", shape[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", shape[1]])],
        [numpy_helper.from_array(weights, "weights")],
    )
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid("my.ops", 1)] if changes else [])]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), path)
    return path


def test_a_network_with_operators_of_its_own_is_refused(tmp_path):
    with pytest.raises(SparringError, match="uses the operator MatMul"):
        load_player(str(network(tmp_path / "net.onnx", [18, 9], domain="my.ops")), GAME, driver="bubblewrap")


def test_a_network_whose_weights_lie_elsewhere_is_refused(tmp_path):
    model = onnx.load(network(tmp_path / "net.onnx", [18, 9]))
    onnx.save(model, tmp_path / "out.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
    with pytest.raises(SparringError, match="keeps weights in another file"):
        load_player(str(tmp_path / "out.onnx"), GAME, driver="bubblewrap")


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x3a\x05ab", b"\x08\x08"])
def test_what_is_no_network_is_refused(tmp_path, content):
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(SparringError, match="is no ONNX network"):
        load_player(str(tmp_path / "net.onnx"), GAME, driver="bubblewrap")


def test_a_giant_network_is_refused_unread(tmp_path):
    with (tmp_path / "net.onnx").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(SparringError, match="larger than 64 MiB"):
        load_player(str(tmp_path / "net.onnx"), GAME, driver="bubblewrap")
