"""``sparring train GAME --help``: the options, and then every setting of what would be trained."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class TrainCommand(TyperCommand):
    """A command whose help ends with all settings of a run, where a game is named beside ``--help``."""

    _words: tuple[str, ...] = ()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        self._words = tuple(args)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        said, _, _ = self.make_parser(ctx).parse_args(list(self._words))
        if said.get("game"):
            _print_settings(said["game"], said.get("settings"), said.get("preset") or "")


def _print_settings(game: str, settings: list[str] | None, preset: str) -> None:
    from rich.console import Console

    from sparring.cli.options import key_values
    from sparring.cli.settings_table import settings_table
    from sparring.cli.train import require_learning

    require_learning("Training")
    from sparring.learning.configuration.configure import resolve
    from sparring.learning.configuration.described import settings_of_a_run, settings_of_an_algorithm

    algorithm = resolve(game, key_values(settings), preset).config.algorithm
    console = Console(highlight=False)
    console.print(
        f"All that [bold]--set[/] may say of {algorithm.name}, with the defaults; --check shows what a run would have:"
    )
    console.print(settings_table(settings_of_an_algorithm(type(algorithm)) + settings_of_a_run()))
