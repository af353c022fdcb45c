"""The page about the wire protocol is right to the last byte."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sparring.engine import load_game
from sparring.sandbox.protocol import HEADER, VERSION, pack, unpack, unpack_array

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "programs"
LINE = re.compile(r"([<>]) ((?:[0-9a-f]{2} )*[0-9a-f]{2}) +(.+)")
COMMANDS = {"python": [sys.executable, "agent.py"], "javascript": ["node", "agent.js"], "c": ["./agent"]}


def exchange() -> list[tuple[bytes, bytes]]:
    """Request and answer as the page prints them."""
    page = (ROOT / "docs" / "wire-protocol.md").read_text()
    (block,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    pairs = []
    for turn in block.strip().split("\n\n"):
        lines = [LINE.fullmatch(line) for line in turn.splitlines()]
        assert all(lines), turn
        sides = [b"".join(bytes.fromhex(line[2]) for line in lines if line and line[1] == mark) for mark in "><"]
        pairs.append((sides[0], sides[1]))
    return pairs


def message(frame: bytes) -> dict:
    (size,) = HEADER.unpack_from(frame)
    assert len(frame) == HEADER.size + size
    return unpack(frame[HEADER.size :])


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs") / "programs"
    shutil.copytree(EXAMPLES, folder)
    subprocess.run(["make", "--silent"], cwd=folder / "c", check=True)
    return folder


@pytest.mark.parametrize("language", COMMANDS)
def test_the_programs_answer_the_bytes_of_the_page_as_it_says(compiled, language):
    requests = b"".join(request for request, _ in exchange())
    done = subprocess.run(COMMANDS[language], cwd=compiled / language, input=requests, capture_output=True, check=True)
    answers = done.stdout
    for _, expected in exchange():
        (size,) = HEADER.unpack_from(answers)
        frame, answers = answers[: HEADER.size + size], answers[HEADER.size + size :]
        assert message(frame) == message(expected)
        if language == "python":
            assert frame == expected
    assert answers == b""


def test_the_requests_of_the_page_are_what_the_arena_sends():
    game = load_game("tic_tac_toe")
    states, seats = game.new_states(np.zeros(1, np.uint64)), np.zeros(1, np.int8)
    load, begin, act, end = (message(request) for request, _ in exchange())
    assert [request["type"] for request in (load, begin, act, end)] == ["load", "begin", "act", "end"]
    assert (load["protocol"], load["game"]["name"]) == (VERSION, "tic_tac_toe")
    assert np.array_equal(unpack_array(act["observations"]), game.observe(states, seats))
    assert np.array_equal(unpack_array(act["masks"]), game.legal(states, seats))
    for request, _ in exchange():
        assert pack(message(request)) == request, "packed as the arena packs"
