"""Compiled kernels are kept on disk: the second process compiles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from numba.core.caching import IndexDataCacheFile

import sparring.engine.compiler  # noqa: F401  names the files

PROGRAM = """
import json, sys
import numpy as np
from numba.core.dispatcher import Dispatcher
from sparring.agents import load
from sparring.agents.player import Turn
from sparring.engine import Batch, load_game

name, spec = sys.argv[1:]
game = load_game(name)
Batch(game, 4, seed=1).random_play(30)
states = game.new_states([1])
game.play(states, np.zeros((1, 2) if game.simultaneous else 1, np.int64))
game.observe(states, states.seat)
player = load(spec, game)
lanes = np.arange(1)
player.begin(lanes, states.seat, np.ones(1, np.uint64))
masks = game.legal(states, states.seat)
player.act(Turn(lanes, states.seat, game.observe(states, states.seat), masks, np.zeros(1, np.float32), states))
generated = [module for key, module in sys.modules.items() if key.startswith("sparring_kernels.")]
kernels = {id(value): value for module in generated for value in vars(module).values() if isinstance(value, Dispatcher)}
print(json.dumps({
    "hits": sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels.values()),
    "misses": sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels.values()),
}))
"""


def run(folder, name: str, spec: str) -> dict[str, int]:
    environment = {**os.environ, "SPARRING_CACHE": str(folder)}
    command = [sys.executable, "-c", PROGRAM, name, spec]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("tic_tac_toe", "minimax:depth=9"),
        ("connect_four", "mcts:simulations=20"),
        ("rock_paper_scissors", "scripted:markov"),
    ],
)
def test_the_second_process_compiles_nothing(tmp_path, name, spec):
    first, second = run(tmp_path, name, spec), run(tmp_path, name, spec)
    assert first["misses"] > 0
    assert second["misses"] == 0
    assert second["hits"] >= 5


DEALT = """
import sys
import numpy as np
from sparring.engine import load_game

for dice in sys.argv[1:]:
    states = load_game("liars_dice", {"dice": dice}).new_states(np.arange(50))
    assert (states.counts.sum(axis=2) == int(dice)).all(), dice
    assert not states.over.any(), dice
"""


def test_options_that_two_processes_have_compiled_do_not_mix_in_a_third(tmp_path):
    """numba counts record types, in each process from the same number on, and names functions after that number."""
    environment = {**os.environ, "SPARRING_CACHE": str(tmp_path)}
    for options in (["1"], ["5"], ["1", "5"]):
        command = [sys.executable, "-c", DEALT, *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr


def test_two_processes_that_compile_at_the_same_time_never_load_each_others_code(tmp_path, monkeypatch):
    one, other = (IndexDataCacheFile(str(tmp_path), "draw", "of today") for _ in range(2))
    write = one._save_data

    def late(name, data):
        other.save("float", "code for float")
        write(name, data)

    monkeypatch.setattr(one, "_save_data", late)
    monkeypatch.setattr(other, "_load_index", dict)  # it looked before ``one`` wrote
    one.save("int", "code for int")
    for key in ("int", "float"):
        assert IndexDataCacheFile(str(tmp_path), "draw", "of today").load(key) in (f"code for {key}", None)
