"""Presets: who wins over whom, and clear words for what can't be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sparring.engine import game_names, load_game
from sparring.errors import BadOption, MissingExtra, SparringError, UnknownName
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment, TrainConfig, configure
from sparring.learning.configuration.configure import COMMAND_LINE, resolve
from sparring.learning.configuration.presets import SHIPPED, find_presets, preset_named


@pytest.fixture
def presets(sparring_home: Path) -> Path:
    folder = sparring_home / "presets"
    folder.mkdir(parents=True)
    return folder


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def configured(preset: str, game: str = "tic_tac_toe", **settings: Any) -> TrainConfig:
    return configure(load_game(game), {key.replace("__", "."): value for key, value in settings.items()}, preset)


def test_the_command_line_wins_over_the_preset_and_the_preset_over_its_imports(presets: Path) -> None:
    write(
        presets,
        low="play: {environments: 10, rollout: 10, random_openings: 0.1}",
        high="import: [low]\nplay: {environments: 20, rollout: 20}",
    )
    play = configured("high", play__environments="30").play
    assert (play.matches(Moment()), play.rollout.at(Moment()), play.random_openings.at(Moment())) == (30, 20, 0.1)


def test_a_later_import_wins_over_an_earlier_one_and_a_preset_over_the_game_s_ground(presets: Path) -> None:
    write(
        presets,
        one="play: {environments: 10, rollout: 10}",
        two="play: {environments: 20}",
        both="import: [one, two]",
    )
    assert configured("both").play.environments.constant == 20
    assert configured("both").play.rollout.at(Moment()) == 10
    assert configured("").play.rollout.at(Moment()) == 32


def test_every_value_knows_who_said_it(presets: Path) -> None:
    write(presets, mine="play: {environments: 10}\nalgorithm: {clip: {linear: {start: 0.3, end: 0.1}}}")
    draft = resolve("tic_tac_toe", {"epochs": "3"}, "mine").draft
    assert draft.source_of("play.environments") == str(presets / "mine.yaml")
    assert draft.source_of("algorithm.clip") == str(presets / "mine.yaml")
    assert draft.source_of("algorithm.epochs") == COMMAND_LINE
    assert draft.source_of("play.rollout") == str(SHIPPED / "tic_tac_toe" / "default.yaml")
    assert draft.source_of("threads") == ""


def test_presets_of_a_person_win_over_ours_and_those_of_a_game_over_those_of_any(presets: Path) -> None:
    (presets / "tic_tac_toe").mkdir()
    write(presets / "tic_tac_toe", default="play: {environments: 7}", mine="play: {environments: 8}")
    write(presets, mine="play: {environments: 9}")
    assert configured("").play.environments.constant == 7
    assert configured("mine").play.environments.constant == 8
    assert configured("mine", "connect_four").play.environments.constant == 9


def test_names_are_read_however_they_are_written(presets: Path) -> None:
    write(presets, my_own_play="description: Mine.")
    for name in ("my_own_play", "MyOwnPlay", "my-own-play"):
        assert preset_named(name, "tic_tac_toe").description == "Mine."


def test_a_file_anywhere_is_a_preset_and_imports_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, near="play: {environments: 10, rollout: 10}", far="import: near.yaml\nplay: {environments: 20}")
    play = configured(str(tmp_path / "far.yaml")).play
    assert (play.matches(Moment()), play.rollout.at(Moment())) == (20, 10)


def test_another_algorithm_starts_from_its_own_defaults(presets: Path) -> None:
    write(presets, slow="algorithm: {clip: 0.05}", named="algorithm: ppo")
    assert configured("slow").model_dump()["algorithm"]["clip"] == 0.05
    assert configured("slow").model_dump()["algorithm"]["entropy_weight"] == 0.1
    assert configured("named").model_dump()["algorithm"]["entropy_weight"] == 0.1


def test_one_limit_stands_for_all_limits_below_it(presets: Path) -> None:
    write(presets, short="minutes: 3", endless="minutes: null")
    assert configured("short").minutes == 3
    assert (configured("short", steps="1000").minutes, configured("short", steps="1000").steps) == (None, 1000)
    assert resolve("tic_tac_toe").has_no_limit
    assert not resolve("tic_tac_toe", preset="endless").has_no_limit


def test_a_schedule_in_a_file_replaces_a_schedule_whole(presets: Path) -> None:
    write(presets, mine="algorithm:\n  learning_rate: {logarithmic: {start: 1e-2, end: 1e-4}}")
    rate = configured("mine").model_dump()["algorithm"]["learning_rate"]
    assert rate == {"logarithmic": {"start": 0.01, "end": 0.0001}}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1e-4", 1e-4),
        ("{linear: {start: 1e-3, end: 1E-5, over: 200}}", {"linear": {"start": 1e-3, "end": 1e-5, "over": 200}}),
        ("max(1e-4, 1e-3 - t / 1e6)", "max(1e-4, 1e-3 - t / 1e6)"),
    ],
)
def test_values_on_the_command_line_are_yaml(text: str, read: object) -> None:
    assert configured("", learning_rate=text).model_dump()["algorithm"]["learning_rate"] == read


def test_numbers_of_the_command_line_may_have_an_exponent() -> None:
    assert configured("", steps="1e6").steps == 1_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("play: {enviroments: 10}", "no setting 'play.enviroments'. Did you mean 'play.environments'"),
        ("ply: {environments: 10}", "no setting 'ply.environments'. Did you mean 'play.environments'"),
        ("algorithm: {clp: 0.1}", "Did you mean 'algorithm.clip'"),
        ("algorithm: {name: pppo}", "Did you mean 'ppo'"),
        ("algorithm: {name: [ppo]}", "no algorithm"),
        ("algorithm: [ppo]", "An algorithm is named by a word"),
        ("when: 2026-99-99", "can't be read"),
        (
            "play: {environments: 0}",
            "The setting play.environments can't be 0: It is 0; it must be from 1",
        ),
        ("play: {random_openings: 1.5}", "must be between 0 and 1"),
        ("play: 3", "The setting play can't be 3"),
        ("play: {environments: 10\nsteps: 3", "line 2"),
        ("play: {environments: 10}\nplay: {rollout: 3}", "'play' stands twice"),
        ("- play", "holds no settings"),
        ("import: {low: high}", "write a list of names"),
        ("import: neverland", "no preset 'neverland'"),
        ("import: broken", "imports itself (broken -> broken)"),
        ("options: 3", "The options of a game are written"),
    ],
)
def test_what_is_wrong_in_a_file_gets_a_sentence_with_the_file(presets: Path, text: str, said: str) -> None:
    write(presets, broken=text)
    with pytest.raises(SparringError) as error:
        resolve("tic_tac_toe", preset="broken")
    assert said in str(error.value)
    assert str(presets / "broken.yaml") in str(error.value) or "options" in said


def test_a_circle_of_imports_is_named(presets: Path) -> None:
    write(presets, one="import: two", two="import: three", three="import: one")
    with pytest.raises(BadOption, match="one -> two -> three -> one"):
        configured("one")


def test_an_unknown_preset_gets_the_nearest_name(presets: Path) -> None:
    write(presets, past_self_play="description: Mine.")
    with pytest.raises(UnknownName, match="Did you mean 'past_self_play'"):
        configured("past_self_pley")
    with pytest.raises(BadOption, match=r"There is no file nowhere\.yaml"):
        configured("nowhere.yaml")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("algorithm", "3", "An algorithm is named by a word"),
        ("algorithm", "null", "An algorithm is named by a word"),
        ("algorithm", "", "There is no algorithm ''"),
        ("algorithm", "{name: dqn, clip: 1}", "There is no setting 'algorithm.clip'"),
        ("algorithm", "{batch: 0}", "The setting algorithm.batch can't be 0: It is 0; it must be from 8."),
        ("clip", "9" * 5000, "9…: An expression has at most 500 characters"),
        ("clip", "[" * 3000, "is no expression|at most 500 characters"),
        ("clip", "&a [*a]", "is no schedule"),
        ("clip", "!!python/object:os.system x", "is no expression"),
        ("promotion.elo0", "50", ": elo0 must be below elo1; they are 50 and 30. "),
        ("stop_when", "probe..share", ": 'probe..share' is no expression"),
        ("seed", "99999999999999999999", "less than 2147483648"),
        ("steps", "1e400", "finite"),
        ("checkpoints", "null", "The setting checkpoints can't be None"),
    ],
)
def test_a_value_that_can_not_be_gets_a_sentence(name: str, text: str, said: str) -> None:
    with pytest.raises(SparringError, match=said):
        configured("", **{name: text})


def test_one_agent_needs_no_list() -> None:
    assert configured("", **{"evaluation.against": "mcts:simulations=5,depth=2"}).evaluation.against == (
        "mcts:simulations=5,depth=2",
    )


def test_an_algorithm_with_its_settings_in_one_value() -> None:
    settings = configured("", algorithm="{name: dqn, batch: 64}").model_dump()["algorithm"]
    assert (settings["name"], settings["batch"]) == ("dqn", 64)


@pytest.mark.parametrize("name", ["a", "algorithm.", ".", "play..environments", "play.environments.deeper", ""])
def test_a_setting_that_is_none_gets_a_sentence(name: str) -> None:
    with pytest.raises(SparringError):
        configured("", **{name: "1"})


@pytest.mark.parametrize(
    "path", sorted([*SHIPPED.glob("*.yaml"), *SHIPPED.glob("*/*.yaml")]), ids=lambda path: path.stem
)
def test_every_shipped_preset_says_what_it_is_for(path: Path) -> None:
    described = {preset.path: preset.description for preset in find_presets()}
    assert described[path].endswith(".")


@pytest.mark.parametrize("name", sorted(game_names()))
def test_every_shipped_preset_of_a_game_resolves_and_its_algorithm_can_learn_the_game(name: str) -> None:
    try:
        game = load_game(name)
    except MissingExtra:
        return
    for preset in [preset for preset in find_presets(name) if preset.game == name]:
        config = configure(game, preset=preset.name)
        algorithm(config.algorithm.name).check(game, config)


@pytest.mark.parametrize("name", sorted(game_names()))
def test_every_shipped_preset_for_any_game_works_where_the_game_s_own_does(name: str) -> None:
    try:
        game = load_game(name)
    except MissingExtra:
        return
    usual = configure(game)
    try:
        algorithm(usual.algorithm.name).check(game, usual)
    except BadOption:
        return
    for preset in [preset for preset in find_presets() if not preset.game]:
        config = configure(game, preset=preset.name)
        algorithm(config.algorithm.name).check(game, config)
