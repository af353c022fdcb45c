"""Gumbel AlphaZero: it learns what its searches find out, repeats, and goes on where it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sparring.agents.spec import load
from sparring.engine import Game, load_game
from sparring.errors import BadOption
from sparring.learning.alphazero import AlphaZero
from sparring.learning.configuration import Moment, TrainConfig, configure
from sparring.learning.crew import Crew
from sparring.learning.learner import Diverged, Now
from sparring.learning.probes import probe_for
from sparring.learning.rollouts.search_play import Replay, Searched, outcomes
from sparring.learning.train import train
from sparring.matches import play_duel

QUICK: dict[str, Any] = {
    "algorithm": "alphazero",
    "environments": 32,
    "rollout": 8,
    "batch": 64,
    "window": 2000,
    "algorithm.simulations": 8,
    "fast_simulations": 4,
    "network.kind": "mlp",
    "network.hidden": "32",
    "probe_seconds": 1000,
    "duel_seconds": 1000,
    "threads": 1,
}
UPDATE = 32 * 8


def quick(name: str, updates: int = 6, game: str = "tic_tac_toe", **settings: Any) -> TrainConfig:
    said = {key.replace("__", "."): value for key, value in settings.items()}
    return configure(load_game(game), QUICK | {"name": name, "steps": updates * UPDATE} | said)


def weights(run: str, home: Path) -> dict[str, torch.Tensor]:
    latest = sorted((home / "runs" / run / "checkpoints").glob("0*"))[-1]
    return load_file(latest / "network.safetensors")


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_tic_tac_toe_is_learned_in_seconds(tmp_path: Path) -> None:
    settings = {"environments": 128, "rollout": 16, "batch": 256, "window": 30_000, "hidden": "64,64"}
    game = load_game("tic_tac_toe")
    config = quick("ada", **settings, learning_rate=3e-3, averaging=0.5)
    with Crew(1) as crew:
        learner = AlphaZero(game, config, crew)
        for _ in range(60):
            learn(learner)
    network = tmp_path / "network.onnx"
    network.write_bytes(learner.model_files()["model.onnx"])
    players = [load(f"search:{network},simulations=40,temperature=1", game), load("solver", game)]
    tally = play_duel(game, players, ["ada", "solver"], 60, seed=1).tally()
    assert tally.errors == (0, 0)
    assert tally.wins[1] == 0
    assert exhaustive_share(game, learner) > 0.9


def exhaustive_share(game: Game, learner: AlphaZero) -> float:
    probe = probe_for(game)
    assert probe is not None
    return probe.measure(learner.policy()).value


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(sparring_home: Path) -> None:
    train(quick("first"))
    train(quick("second"))
    train(quick("third", seed=2))
    assert same(weights("first", sparring_home), weights("second", sparring_home))
    assert not same(weights("first", sparring_home), weights("third", sparring_home))


def test_a_run_put_down_and_taken_up_ends_in_the_same_bytes() -> None:
    """The window is shorter than the run, so that the replay has gone round."""
    game, config = load_game("tic_tac_toe"), quick("whole", window=700)
    with Crew(1) as crew:
        whole, half = AlphaZero(game, config, crew), AlphaZero(game, config, crew)
        for _ in range(3):
            learn(whole)
            learn(half)
        state, counters = half.state(), half.counters()
        copied = {name: {key: array.copy() for key, array in arrays.items()} for name, arrays in state.items()}
        taken_up = AlphaZero(game, config, crew)
        taken_up.restore(copied, counters)
        for learner in (whole, taken_up):
            learn(learner)
            learn(learner)
        assert whole.steps == taken_up.steps
        assert same(whole.network.state_dict(), taken_up.network.state_dict())
        assert same(whole.averaged.state_dict(), taken_up.averaged.state_dict())


def learn(learner: AlphaZero) -> dict[str, float]:
    metrics = learner.learn(Now(Moment(learner.update, 0.5, 1)))
    learner.update += 1
    return metrics


def test_play_does_not_depend_on_the_number_of_threads() -> None:
    game, found = load_game("tic_tac_toe"), []
    for threads in (1, 2):
        config = quick("any", threads=threads)
        with Crew(threads) as crew:
            found.append(AlphaZero(game, config, crew).play(Moment()))
    for name, array in found[0].arrays().items():
        assert array.tobytes() == found[1].arrays()[name].tobytes()


def test_a_share_of_the_positions_is_searched_in_full() -> None:
    game, config = load_game("tic_tac_toe"), quick("any", full_searches=0.25, environments=200)
    with Crew(1) as crew:
        found = AlphaZero(game, config, crew).play(Moment())
    assert found.full.mean() == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(found.policies.sum(axis=1), 1.0, rtol=1e-5)
    assert not found.policies[~found.masks].any()
    assert abs(found.values).max() <= 1


@pytest.mark.parametrize(("share", "temperature", "fast"), [(1, 0, 1), (0, 1, 0)])
def test_searches_without_noise_play_the_same_match_again_and_again(share, temperature, fast) -> None:
    def positions(**settings: float) -> int:
        config = quick("any", full_searches=share, random_openings=0, **settings)
        with Crew(1) as crew:
            found = AlphaZero(load_game("tic_tac_toe"), config, crew).play(Moment())
        return len({array.tobytes() for array in found.observations})

    assert positions(temperature=temperature, fast_temperature=fast) <= 9
    assert positions(temperature=1, fast_temperature=1) > 50


def test_a_match_may_end_where_its_result_is_proved() -> None:
    def latest(until_sure: bool) -> int:
        config = quick("any", random_openings=0, rollout=40, until_sure=until_sure, algorithm__simulations=60)
        with Crew(1) as crew:
            found = AlphaZero(load_game("tic_tac_toe"), config, crew).play(Moment())
        taken = found.observations.reshape(len(found.values), -1).sum(axis=1)
        assert (taken == 0).sum() > 32, "matches that are given up start anew"
        return int(taken.max())

    assert latest(until_sure=True) < latest(until_sure=False)


def test_policies_of_fast_searches_are_not_learned() -> None:
    game, config = load_game("tic_tac_toe"), quick("any")
    with Crew(1) as crew:
        learner = AlphaZero(game, config, crew)
        found = learner.play(Moment())
        full, fast = (found.at(np.flatnonzero(found.full == wanted)) for wanted in (True, False))
        assert learner.losses(found)[0].item() == pytest.approx(learner.losses(full)[0].item(), rel=1e-4)
        assert learner.losses(fast)[0].item() == 0


def test_samples_are_seen_mirrored_and_turned_unless_told_otherwise() -> None:
    game, shown = load_game("tic_tac_toe"), []
    for symmetries in (True, False):
        with Crew(1) as crew:
            learner = AlphaZero(game, quick("any", algorithm__symmetries=symmetries), crew)
            found = learner.play(Moment())
            learner.replay.add(found)
            shown.append((learner.samples(learner.drawn(500)), {array.tobytes() for array in found.observations}))
    (seen, known), (plain, _) = shown
    strange = [row for row in range(500) if seen.observations[row].tobytes() not in known]
    assert len(strange) > 50
    assert all(array.tobytes() in known for array in plain.observations)
    taken = seen.observations.any(axis=1).reshape(500, 9)
    assert (seen.masks == ~taken).all(), "masks are turned as the board is"
    assert not seen.policies[taken].any(), "and so are policies"
    np.testing.assert_allclose(seen.policies.sum(axis=1), 1.0, rtol=1e-5)


def test_an_outcome_has_the_sign_of_the_seat_that_moved() -> None:
    """Three moves in turn; the third wins. Then a match in which the same seat moves twice and the match goes on."""
    rewards = np.array([[0, 0], [0, 0], [1, 0]], np.float32)
    signs = np.array([[-1, 1], [-1, -1], [0, -1]], np.float32)
    expected = np.array([[0.1, 0.1], [0.2, 0.2], [0.3, 0.3], [0.4, 0.4]], np.float32)
    sure = np.zeros((3, 2), np.bool_)
    values = outcomes(rewards, signs, expected, sure, trace=1.0)
    np.testing.assert_allclose(values, [[1, 0.4], [-1, 0.4], [1, -0.4]], rtol=1e-6)
    values = outcomes(rewards, signs, expected, sure, trace=0.0)
    np.testing.assert_allclose(values, [[-0.2, 0.2], [-0.3, -0.3], [1, -0.4]], rtol=1e-6)
    values = outcomes(rewards, signs, expected, sure, trace=0.5)
    np.testing.assert_allclose(values[:, 0], [-0.1 - 0.5 * -0.65, -0.65, 1], rtol=1e-6)


def test_what_is_proved_counts_however_the_match_went_on() -> None:
    rewards, signs = np.array([[0], [0], [1]], np.float32), np.array([[-1], [-1], [0]], np.float32)
    expected = np.array([[0.1], [1.0], [-0.2], [0.4]], np.float32)
    sure = np.array([[False], [True], [False]])
    np.testing.assert_array_equal(outcomes(rewards, signs, expected, sure, trace=1.0)[:, 0], [-1, 1, 1])


def test_the_replay_forgets_the_oldest() -> None:
    game = load_game("tic_tac_toe")
    replay = Replay(game, 5)
    for first in (0, 3, 6):
        part = Searched.empty(game, 3)
        part.values[:] = np.arange(first, first + 3)
        replay.add(part)
    assert len(replay) == 5
    assert sorted(replay.kept.values.tolist()) == [4, 5, 6, 7, 8]


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    result = train(quick("lost", learning_rate=1e30, gradient_norm=1e30))
    assert result.status == "diverged"
    game, config = load_game("tic_tac_toe"), quick("any")
    with Crew(1) as crew:
        learner = AlphaZero(game, config, crew)
        with torch.no_grad():
            learner.network.value.bias.fill_(torch.nan)
        with pytest.raises(Diverged, match="no number"):
            learn(learner)


def test_a_game_that_cannot_be_searched_is_refused_before_the_run_begins(sparring_home: Path) -> None:
    with pytest.raises(BadOption, match=r"can't search .* algorithm=ppo"):
        train(quick("poker", game="kuhn_poker"))
    assert not (sparring_home / "runs" / "poker").exists()


@pytest.mark.parametrize("setting", ["network.memory", "network.normalise", "network.dropout"])
def test_settings_of_the_network_that_a_search_cannot_use_are_refused(setting: str) -> None:
    wanted = {"network.memory": 8, "network.normalise": True, "network.dropout": 0.1}[setting]
    game = load_game("tic_tac_toe")
    config = configure(game, QUICK | {setting: wanted})
    with pytest.raises(BadOption, match=setting):
        AlphaZero.check(game, config)
