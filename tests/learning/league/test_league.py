"""A league: who its members are, when a generation is done, what follows it, and that all of them meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from sparring.engine import load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.league import league as league_module
from sparring.learning.league.league import FILE, check_league, next_base
from sparring.learning.league.members import Ended, Member, configuration, members, train_generation
from sparring.learning.runs.progress import Progress
from sparring.learning.train import train

GAME = "rock_paper_scissors"
QUICK: dict[str, Any] = {
    "environments": 16,
    "rollout": 8,
    "batch": 32,
    "network.hidden": "8",
    "probe_seconds": 1000,
    "duel_seconds": 1000,
    "snapshot_every": 1,
    "checkpoints.updates": 2,
    "opponents.past.share": 0,
    "opponents.pool.share": 0.5,
    "opponents.pool.reload_every": 1,
    "league.start_after": 1,
    "league.timeout": 3,
    "threads": 1,
}
MAIN = Member("ada", "main-exploiter", 1)
LEAGUE = Member("ada", "league-exploiter", 2)


def league(**settings: Any) -> TrainConfig:
    said = {key.replace("__", "."): value for key, value in settings.items()}
    return configure(load_game(GAME), QUICK | {"name": "ada", "updates": 10} | said)


def test_exploiters_are_ordinary_runs_against_the_main_agent_or_the_pool() -> None:
    config = league(league__main_exploiters=2, league__league_exploiters=1)
    assert [member.name for member in members(config)] == [
        "ada.main-exploiter-1",
        "ada.main-exploiter-2",
        "ada.league-exploiter-1",
    ]
    own = configuration(config, MAIN, 3, "run:ada.main-exploiter-1.2")
    assert (own.name, own.start_from, own.league.size) == ("ada.main-exploiter-1.3", "run:ada.main-exploiter-1.2", 0)
    assert (own.opponents.latest.run, own.opponents.latest.share.constant) == ("ada", 1)
    assert own.opponents.past.share.constant == own.opponents.pool.share.constant == 0
    pooled = configuration(config, LEAGUE, 1, "")
    assert pooled.opponents.pool.runs == ("ada", "ada.*")
    assert pooled.opponents.pool.share.constant == 1
    assert len({own.seed, pooled.seed, config.seed}) == 3
    assert own.algorithm == config.algorithm


def test_an_exploiter_can_have_a_preset_of_its_own(sparring_home: Path) -> None:
    (sparring_home / "presets").mkdir(parents=True)
    (sparring_home / "presets" / "bold.yaml").write_text("algorithm: {name: ppo, entropy_weight: 0.77}\n")
    config = league(league__main_exploiters=1, league__main_exploiter_preset="bold")
    own = configuration(config, MAIN, 1, "")
    assert own.algorithm.entropy_weight.constant == 0.77  # type: ignore[attr-defined]
    assert own.opponents.latest.run == "ada"
    with pytest.raises(UnknownName, match="bold"):
        check_league(load_game(GAME), league(league__main_exploiters=1, league__main_exploiter_preset="bald"))


def test_main_exploiters_begin_anew_and_league_exploiters_with_a_probability() -> None:
    ended = [Ended(f"ada.league-exploiter-2.{generation}", "timeout", 0.5, 3) for generation in range(400)]
    config = league(start_from="")
    assert {next_base(config, MAIN, one) for one in ended} == {""}
    bases = [next_base(config, LEAGUE, one) for one in ended]
    assert 60 < bases.count("") < 140
    assert {base for base in bases if base} <= {f"run:{one.run}" for one in ended}
    never = league(league__reset_probability=0.0)
    assert all(next_base(never, LEAGUE, one) for one in ended)


def test_a_league_that_can_t_work_is_refused() -> None:
    game = load_game(GAME)
    with pytest.raises(BadOption, match=r"opponents\.pool\.share"):
        check_league(game, league(league__main_exploiters=1, opponents__pool__share=0))
    check_league(game, league(opponents__pool__share=0))


def test_a_generation_ends_by_its_timeout_and_enters_the_pool(sparring_home: Path) -> None:
    train(league(opponents__pool__share=0, updates=2))
    config = configuration(league(league__main_exploiters=1), MAIN, 1, "")
    ended = train_generation(config.model_dump_json(), "latest", 0.7, 3)
    assert (ended.run, ended.why, ended.updates) == ("ada.main-exploiter-1.1", "timeout", 3)
    past = sparring_home / "runs" / ended.run / "past"
    assert [path.name for path in past.iterdir()] == ["000000003.safetensors"]
    assert not list((sparring_home / "models").glob("**/ada.main*"))


def test_a_generation_ends_when_it_has_beaten_whom_it_is_against(sparring_home: Path) -> None:
    train(league(opponents__pool__share=0, updates=2))
    config = configuration(league(league__main_exploiters=1), MAIN, 1, "")
    ended = train_generation(config.model_dump_json(), "latest", 0.01, 300)
    assert ended.why == "beaten"
    assert ended.share > 0.01
    assert ended.updates < 30


class AtOnce:
    """An executor that does everything here and now."""

    def submit(self, function: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future

    def start(self, make: Callable[..., Any], *arguments: Any, restarts: int = 0) -> Any:
        raise NotImplementedError

    def shutdown(self) -> None:
        pass


def document(home: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((home / "runs" / "ada" / FILE).read_bytes())
    return read


def test_a_league_trains_beside_a_run_and_goes_on_with_it(sparring_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(league_module, "executor_named", lambda name, workers: AtOnce())
    said: dict[str, Any] = {"league__main_exploiters": 1, "league__league_exploiters": 1, "snapshot_every": 4}
    train(league(**said, updates=6, change_every=1))
    before = document(sparring_home)
    assert [entry["run"] for entry in before["ended"]][:4] == [
        "ada.main-exploiter-1.1",
        "ada.league-exploiter-1.1",
        "ada.main-exploiter-1.2",
        "ada.league-exploiter-1.2",
    ]
    train(league(**said, updates=9, change_every=1), resume=True)
    after = document(sparring_home)
    assert after["ended"][: len(before["ended"])] == before["ended"]
    runs = [entry["run"] for entry in after["ended"]]
    assert len(runs) == len(set(runs)) > len(before["ended"])
    assert {entry["why"] for entry in after["ended"]} <= {"timeout", "beaten"}
    rows = after["payoffs"]
    assert any(opponent.startswith("ada.") for opponent in rows["ada"]), "the main agent has met an exploiter"
    assert rows["ada.main-exploiter-1.1"]["ada"]["matches"] > 0
    assert all(0 <= cell["share"] <= 1 for row in rows.values() for cell in row.values())


@pytest.mark.nightly
def test_exploiters_train_in_processes_of_their_own_and_end_with_the_run(sparring_home: Path) -> None:
    stop = Event()

    def watch(progress: Progress) -> None:
        known = document(sparring_home)["ended"] if (sparring_home / "runs" / "ada" / FILE).exists() else []
        if len({entry["run"].rpartition(".")[0] for entry in known}) == 2 or progress.seconds > 240:
            stop.set()

    config = league(league__main_exploiters=1, league__league_exploiters=1, updates=1_000_000, snapshot_every=1000)
    assert train(config, watch, stop).status == "stopped"
    assert len(document(sparring_home)["ended"]) >= 2


def test_a_run_without_exploiters_has_no_league(sparring_home: Path) -> None:
    train(league(opponents__pool__share=0, updates=2))
    assert not (sparring_home / "runs" / "ada" / FILE).exists()
