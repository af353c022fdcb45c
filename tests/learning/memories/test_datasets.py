"""Data sets: what duels leave behind for learners, seat by seat, and what files are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from sparring.agents.spec import load
from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.memories.datasets import ARRAYS, DataSet, from_records, read_data_set, record_duels
from sparring.matches import play_duel, replay


@pytest.fixture(scope="module")
def duels() -> DataSet:
    return record_duels(load_game("tic_tac_toe"), ["minimax:depth=2", "random"], matches=20, seed=3)


def test_a_row_is_followed_by_the_same_seat_s_next_decision(duels) -> None:
    goes_on = np.flatnonzero(~duels.over)
    assert np.array_equal(duels.next_observations[goes_on], duels.observations[goes_on + 1])
    assert np.array_equal(duels.next_masks[goes_on], duels.masks[goes_on + 1])
    assert np.array_equal(duels.matches[goes_on], duels.matches[goes_on + 1])
    grown = duels.next_observations[goes_on].sum(axis=(1, 2, 3)) - duels.observations[goes_on].sum(axis=(1, 2, 3))
    assert set(grown.tolist()) == {2}, "its own mark and the opponent's"
    assert not duels.next_masks[duels.over].any()


def test_rewards_are_the_seat_s_own_until_it_acts_again_and_add_up_to_its_score() -> None:
    game = load_game("tic_tac_toe")
    names = ["minimax:depth=2", "random"]
    players = [load(name, game, seed=1) for name in names]
    records = play_duel(game, players, names, matches=12, seed=5).records
    data = from_records(game, records, "a test")
    sums = np.zeros(data.matches.max() + 1)
    np.add.at(sums, data.matches, data.rewards)
    expected = [record.scores[seat] for record in records for seat in range(2)]
    assert sums.tolist() == expected
    assert set(data.rewards[~data.over].tolist()) == {0.0}
    assert (data.rewards[data.over] == -1).any(), "a match that the opponent's last move decides is lost here"
    plies = replay(records[0])
    first = data.matches == 0
    assert np.array_equal(data.observations[first], game.observe(plies.states[:-1:2], np.zeros(first.sum(), np.int8)))
    assert np.array_equal(data.actions[first], records[0].actions[::2])


def test_only_the_decisions_of_those_who_are_wanted_are_kept() -> None:
    game = load_game("tic_tac_toe")
    both = record_duels(game, ["minimax:depth=2", "random"], matches=20, seed=3)
    best = record_duels(game, ["minimax:depth=2", "random"], matches=20, seed=3, of=["minimax:depth=2"])
    assert 0 < len(best) < len(both)
    assert best.over.sum() == 20
    assert best.rewards.sum() > 10
    assert both.rewards.sum() == 0


def test_both_seats_of_a_simultaneous_game_decide_in_every_round() -> None:
    game = load_game("rock_paper_scissors", {"repetitions": 4})
    data = record_duels(game, ["random", "scripted:copycat"], matches=6, seed=1)
    assert len(data) == 6 * 4 * 2
    assert data.over.sum() == 12
    assert np.bincount(data.matches).tolist() == [4] * 12


def test_a_game_for_one_seat_is_played_by_each_alone() -> None:
    game = load_game("gym:CartPole-v1")
    data = record_duels(game, ["random"], matches=5, seed=1)
    assert data.over.sum() == 5
    assert data.rewards.sum() == len(data)
    assert not np.array_equal(data.observations[0], data.observations[np.flatnonzero(data.over)[0] + 1])


def test_a_data_set_that_was_written_is_read_back_the_same(duels, tmp_path: Path) -> None:
    duels.write(tmp_path / "duels.safetensors")
    found = read_data_set(tmp_path / "duels.safetensors", load_game("tic_tac_toe"))
    for name in ARRAYS:
        assert np.array_equal(getattr(found, name), getattr(duels, name))
    assert found.source == "duels of minimax:depth=2, random"
    assert found.digest == duels.digest
    assert replace(duels, rewards=duels.rewards + 1).digest != duels.digest


def test_the_same_seed_records_the_same_decisions_and_another_one_others(duels) -> None:
    game, specs = load_game("tic_tac_toe"), ["minimax:depth=2", "random"]
    assert record_duels(game, specs, matches=20, seed=3).digest == duels.digest
    assert record_duels(game, specs, matches=20, seed=4).digest != duels.digest


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ({"rewards": None}, "lacks the array rewards"),
        ({"rewards": np.zeros(3, np.float32)}, r"rewards is float32 \(3,\); it must be float32"),
        ({"actions": np.zeros(5, np.int32)}, r"actions is int32 \(5,\); it must be int64 \(5,\)"),
        ({"actions": np.full(5, 9)}, r"action 9 of row 0 is not in its mask"),
        ({"rewards": np.array([0, np.nan, 0, 0, 0], np.float32)}, "rewards has a value that is no number"),
        ({"matches": np.arange(5)}, "row 0 goes on, but the next row belongs to another match"),
        ({"actions": np.zeros(0, np.int64)}, "holds no decision"),
    ],
)
def test_a_file_that_is_not_whole_is_refused_with_a_sentence(damage, sentence, tmp_path: Path) -> None:
    game = load_game("tic_tac_toe")
    arrays = {
        "observations": np.zeros((5, 2, 3, 3), np.int8),
        "masks": np.ones((5, 9), bool),
        "actions": np.zeros(5, np.int64),
        "rewards": np.zeros(5, np.float32),
        "next_observations": np.zeros((5, 2, 3, 3), np.int8),
        "next_masks": np.ones((5, 9), bool),
        "over": np.array([False] * 4 + [True]),
        "matches": np.zeros(5, np.int64),
    }
    about = {"sparring_data_set": "1", "game": "tic_tac_toe", "rules_version": str(game.version), "options": "{}"}
    path = tmp_path / "some.safetensors"
    save_file(arrays, path, metadata=about)
    assert len(read_data_set(path, game)) == 5
    save_file({name: array for name, array in (arrays | damage).items() if array is not None}, path, metadata=about)
    with pytest.raises(SparringError, match=sentence):
        read_data_set(path, game)


def test_files_of_another_game_or_of_no_game_are_refused(duels, tmp_path: Path) -> None:
    game, path = load_game("tic_tac_toe"), tmp_path / "some.safetensors"
    with pytest.raises(SparringError, match="There is no data set"):
        read_data_set(path, game)
    path.write_bytes(b"rubbish")
    with pytest.raises(SparringError, match="is no data set, or it is damaged"):
        read_data_set(path, game)
    save_file({"weights": np.zeros(3)}, path)
    with pytest.raises(SparringError, match="doesn't say of which game"):
        read_data_set(path, game)
    duels.write(path)
    with pytest.raises(SparringError, match="another game: tic_tac_toe instead of connect_four"):
        read_data_set(path, load_game("connect_four"))
    with pytest.raises(SparringError, match="can't be written"):
        duels.write(path / "below" / "a file")


def test_whoever_is_asked_for_must_exist_and_play() -> None:
    game = load_game("tic_tac_toe")
    with pytest.raises(UnknownName, match="Did you mean 'minimax'"):
        record_duels(game, ["minmax"], matches=2, seed=1)
    with pytest.raises(BadOption, match="at least one agent"):
        record_duels(game, [], matches=2, seed=1)
    with pytest.raises(BadOption, match="solver plays no match"):
        record_duels(game, ["random"], matches=2, seed=1, of=["solver"])
    with pytest.raises(BadOption, match="4 seats"):
        record_duels(load_game("snakes", {"seats": 4}), ["random"], matches=2, seed=1)
