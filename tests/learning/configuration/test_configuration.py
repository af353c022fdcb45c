"""Settings: presets, text, and clear sentences for what can't be."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from sparring.engine import load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.algorithms import algorithm, algorithm_names
from sparring.learning.command import train_in_terminal
from sparring.learning.configuration import Moment, TrainConfig, configure
from sparring.learning.networks import build_network
from sparring.learning.ppo import PPOSettings


def test_every_setting_says_what_it_does() -> None:
    def silent(section: type[BaseModel]) -> list[str]:
        found = [name for name, field in section.model_fields.items() if not field.description]
        inner = [field.annotation for field in section.model_fields.values()]
        for kind in inner:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += silent(kind)
        return found

    for name in algorithm_names():
        assert silent(algorithm(name).Settings) == []
    assert silent(TrainConfig) == []


def test_text_is_read_as_the_setting_s_type_and_overrides_the_preset() -> None:
    config = configure(load_game("connect_four"), {"epochs": "3", "hidden": "64, 32", "clip": "1e-1"})
    assert isinstance(config.algorithm, PPOSettings)
    assert (config.algorithm.epochs.at(Moment()), config.network.hidden, config.algorithm.clip.at(Moment())) == (
        3,
        (64, 32),
        0.1,
    )
    assert config.network.kind == "convolution"


def test_an_unknown_setting_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'learning_rate'"):
        configure(load_game("connect_four"), {"learing_rate": "1"})


@pytest.mark.parametrize(("name", "value"), [("epochs", "0"), ("epochs", "many"), ("clip", "-1"), ("kind", "lstmm")])
def test_an_impossible_value_gets_a_sentence_with_the_setting(name: str, value: str) -> None:
    with pytest.raises(BadOption, match=f"The setting [a-z]+.{name} can't be ['\"]?{value}"):
        configure(load_game("connect_four"), {name: value})


def test_a_convolution_needs_planes_large_enough() -> None:
    game = load_game("tic_tac_toe")
    with pytest.raises(BadOption, match="needs planes"):
        build_network(configure(game, {"network.kind": "convolution"}), game)


def test_settings_that_are_options_of_the_game_go_to_the_game() -> None:
    with pytest.raises(BadOption, match="Option rows"):
        train_in_terminal("connect_four", {"rows": "99"})
    with pytest.raises(UnknownName, match="Did you mean 'connect_four'"):
        train_in_terminal("conect_four")


def test_a_bare_name_that_run_and_game_share_is_the_run_s() -> None:
    config = configure("gym:CartPole-v1", {"steps": "1000", "options.steps": "200"})
    assert config.steps == 1000
    assert config.options["steps"] == 200


@pytest.mark.parametrize("value", [".inf", "-.inf", ".nan", "-1", "0"])
@pytest.mark.parametrize("limit", ["minutes", "steps", "updates", "checkpoints.seconds"])
def test_a_limit_is_a_number_above_0_that_a_run_can_reach(limit: str, value: str) -> None:
    with pytest.raises(
        BadOption, match=rf"The setting {limit} can't be .*: It should be (greater than 0|a finite number)"
    ):
        configure("tic_tac_toe", {limit: value})
