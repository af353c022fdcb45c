"""Settings: presets, text, and clear sentences for what can't be."""

from __future__ import annotations

import pytest

from sparring.engine import load_game
from sparring.errors import BadOption, UnknownName
from sparring.learning.command import train_in_terminal
from sparring.learning.configuration import TrainConfig, configure
from sparring.learning.networks import build_network


def test_every_setting_says_what_it_does() -> None:
    silent = [name for name, field in TrainConfig.model_fields.items() if not field.description]
    assert silent == []


def test_text_is_read_as_the_setting_s_type_and_overrides_the_preset() -> None:
    config = configure(load_game("connect_four"), {"epochs": "3", "hidden": "64, 32", "learning_rate": "1e-4"})
    assert (config.epochs, config.hidden, config.learning_rate) == (3, (64, 32), 1e-4)
    assert config.network == "convolution"


def test_an_unknown_setting_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'learning_rate'"):
        configure(load_game("connect_four"), {"learing_rate": "1"})


@pytest.mark.parametrize(("name", "value"), [("epochs", "0"), ("epochs", "many"), ("clip", "-1"), ("network", "lstm")])
def test_an_impossible_value_gets_a_sentence_with_the_setting(name: str, value: str) -> None:
    with pytest.raises(BadOption, match=f"The setting {name} can't be '{value}'"):
        configure(load_game("connect_four"), {name: value})


def test_a_convolution_needs_planes_large_enough() -> None:
    game = load_game("tic_tac_toe")
    with pytest.raises(BadOption, match="needs planes"):
        build_network(configure(game, {"network": "convolution"}), game)


def test_settings_that_are_options_of_the_game_go_to_the_game() -> None:
    with pytest.raises(BadOption, match="Option rows"):
        train_in_terminal("connect_four", settings={"rows": "99"})
    with pytest.raises(UnknownName, match="Did you mean 'connect_four'"):
        train_in_terminal("conect_four")
