"""The proofs of `make strength`: exact where they say so, and sound from the command to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sparring.agents import load
from sparring.engine import load_game

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def bench_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_random_tables_are_games_that_can_be_loaded():
    from proofs.mixed import ONE_ROUND, random_table

    assert random_table(1) != random_table(2)
    game = load_game("matrix_game", {"table": random_table(1), **ONE_ROUND})
    assert game.num_actions == 3


def test_every_labelled_position_is_replayed_and_judged():
    from proofs.boards import preserved

    game = load_game("connect_four")
    chance = preserved(game, load("random", game, seed=1))
    assert 0.3 < chance < 0.4
    assert preserved(game, load("minimax:depth=4", game, seed=1)) > chance + 0.2


def test_rows_have_names_and_presets_of_their_own():
    from proofs.presets import PRESETS
    from proofs.rows import rows

    names = [row.name for row in rows()]
    assert len(names) == len(set(names))
    assert set(names) == set(PRESETS)


def test_every_game_has_a_quick_preset_of_at_most_three_minutes_and_a_row_for_it():
    from proofs.quick import quick_rows

    from sparring.engine import game_names
    from sparring.learning.configuration import configure

    games = {row.title for row in quick_rows()}
    assert games == {*game_names(), "gym:CartPole-v1"}
    for game in games:
        config = configure(load_game(game), {}, preset="quick")
        assert (config.minutes or 0) <= 3
        assert config.minutes or config.updates


def test_training_that_can_not_be_is_told_with_the_commands_own_sentence(monkeypatch):
    import strength
    from proofs.row import Row
    from proofs.training import train

    row = Row("x", "X", 1, "all", "{y}", lambda seed, minutes: train("chekers", seed, minutes).metrics)
    monkeypatch.setenv("SPARRING_HOME", "/nowhere")
    run = strength.prove(row, 1, 0.01)
    assert not run["met"]
    assert "There is no game 'chekers'" in row.said(run)


def test_the_curve_of_a_run_is_that_of_its_probe_and_thinned_out_from_its_end(tmp_path):
    from proofs.training import CURVE, read_curve

    lines = [{"seconds": 6.0 * n, "loss/value": 1.0, **({"probe/share": n / 200} if n % 2 else {})} for n in range(200)]
    file = tmp_path / "metrics.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    curve = read_curve(file)
    assert curve[-1] == [19.9, 0.995]
    assert CURVE / 2 < len(curve) <= CURVE
    file.write_text(json.dumps({"seconds": 60, "against/random": 1, "against/scripted:still": 0.25}) + "\n")
    assert read_curve(file) == [[1.0, 0.25]]


def test_a_proof_replaces_the_one_of_its_row_and_seed_and_the_page_says_what_falls_short(tmp_path, monkeypatch):
    import strength_report
    from proofs.row import Row

    page = tmp_path / "strength.md"
    page.write_text("Before.\n" + strength_report.BEGIN + "old\n" + strength_report.END + "After.\n")
    monkeypatch.setattr(strength_report, "PAGE", page)
    monkeypatch.setattr(strength_report, "LATEST", tmp_path / "results" / "strength.json")
    rows = [Row(name, name.title(), 1, "a half", "{share:.0%}", dict) for name in ("one", "two", "three")]
    runs = [{"row": "one", "seed": seed, "minutes": 1, "share": seed / 4, "met": seed > 1} for seed in (2, 1)]
    failed = {"row": "two", "seed": 1, "minutes": 1, "failure": "No such preset.", "met": False}
    cores = strength_report.machine()["cores"]
    monkeypatch.setattr(strength_report.os, "sched_getaffinity", lambda _: range(cores))
    strength_report.publish(strength_report.document([*runs, failed]), {"": rows[:2], "More": rows[2:]})
    monkeypatch.setattr(strength_report.os, "sched_getaffinity", lambda _: range(cores - 1))
    again = [runs[1] | {"share": 0.75, "met": True}]
    strength_report.publish(strength_report.document(again), {"": rows[:2], "More": rows[2:]})
    text = page.read_text()
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert f"| One | 1 min | a half | 1: 75% (on {cores - 1} of {cores} cores)<br>2: 50% | met |" in text
    assert "| Two | 1 min | a half | 1: No such preset. | **falls short** |" in text
    assert "| Three | 1 min | a half | not yet measured |  |" in text.partition("### More")[2]


@pytest.mark.parametrize(
    "name",
    [
        "kuhn_poker_cfr",
        *[
            pytest.param(name, marks=pytest.mark.nightly)
            for name in (
                "kuhn_poker_ppo",
                "leduc_poker_cfr",
                "tic_tac_toe",
                "connect_four",
                "rock_paper_scissors",
                "matrix_game",
                "hex",
                "othello",
                "connect_four_search",
                "nh_fight",
                "robosumo",
                "cartpole",
            )
        ],
    ],
)
def test_a_short_training_goes_all_the_way_to_its_numbers(name, monkeypatch):
    import strength
    from proofs import boards, bodies
    from proofs.rows import rows

    monkeypatch.setattr(boards, "SEARCHER", "mcts:simulations=10")
    monkeypatch.setattr(boards, "SEARCH_MATCHES", 4)
    monkeypatch.setattr(boards, "RANDOM_MATCHES", 20)
    monkeypatch.setattr(boards, "SOLVER_MATCHES", 4)
    monkeypatch.setattr(bodies, "MATCHES", 4)
    monkeypatch.setenv("SPARRING_HOME", "/nowhere")
    row = next(row for row in rows() if row.name == name)
    run = strength.prove(row, 1, 0.01)
    assert "failure" not in run
    assert row.said(run)
