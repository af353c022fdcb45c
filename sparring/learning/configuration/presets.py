"""Presets: settings in YAML files that import others.

A preset stands in ``presets/NAME.yaml`` (any game) or ``presets/GAME/NAME.yaml`` (of ``gym:CartPole-v1`` in
``presets/gym/CartPole-v1``), here, or below ``SPARRING_HOME``, where people put their own, which win.
``presets/GAME/default.yaml`` is the ground on which every run of a game stands::

    description: One line for people.
    import: [past_self_play]      # these first; what stands here wins over them
    algorithm: {name: ppo, learning_rate: 1.0e-3}
    play: {environments: 100}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from sparring.engine import home
from sparring.errors import BadOption, UnknownName
from sparring.learning.configuration.yaml_text import read_yaml

SHIPPED = Path(__file__).with_name("presets")
DEFAULT = "default"
_OWN = ("description", "import")


@dataclass(frozen=True)
class Preset:
    """A preset as it stands in its file."""

    name: str
    game: str
    """Empty: for any game."""
    path: Path
    description: str
    imports: tuple[str, ...]
    settings: dict[str, Any]
    """Nested, without those of the imports."""


def find_presets(game: str = "") -> list[Preset]:
    """All presets, or those that a run of ``game`` can be started with."""
    found: dict[tuple[str, str], Preset] = {}
    for folder in (SHIPPED, home() / "presets"):
        for path in sorted(folder.glob("**/*.yaml")):
            preset = read_preset(path, _game_of(path.relative_to(folder)))
            if not game or preset.game in ("", game):
                found[preset.game, preset.name] = preset
    return sorted(found.values(), key=lambda preset: (preset.game, preset.name))


def _game_of(path: Path) -> str:
    """The game for which the preset of a path stands.

    >>> _game_of(Path("quick.yaml")), _game_of(Path("hex/quick.yaml")), _game_of(Path("gym/CartPole-v1/quick.yaml"))
    ('', 'hex', 'gym:CartPole-v1')
    """
    game, *member = path.parent.parts or ("",)
    return f"{game}:{'/'.join(member)}" if member else game


def preset_named(name: str, game: str) -> Preset:
    """The preset that a run of ``game`` means by ``name``, or by the path of a file.

    ``PastSelfPlay`` is ``past_self_play``. Raises UnknownName with the nearest one, or BadOption for a file that is
    no preset.
    """
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise BadOption(f"There is no file {name}. Give the path of a preset, or the name of one.")
        return read_preset(Path(name), game)
    known = find_presets(game)
    alike = [preset for preset in known if _plain(preset.name) == _plain(name)]
    if not alike:
        raise UnknownName("preset", name, {preset.name for preset in known})
    return max(alike, key=lambda preset: preset.game)


def layers(name: str, game: str) -> list[Preset]:
    """A preset and all that it imports, the most general first. Raises as ``preset_named``."""
    return _layers(preset_named(name, game), game, ())


def ground(game: str) -> list[Preset]:
    """What every run of ``game`` stands on: its own default, and what that imports."""
    own = [preset for preset in find_presets(game) if preset.name == DEFAULT and preset.game == game]
    return _layers(own[0], game, ()) if own else []


def _layers(preset: Preset, game: str, above: tuple[Path, ...]) -> list[Preset]:
    if preset.path in above:
        circle = [path.stem for path in (*above[above.index(preset.path) :], preset.path)]
        raise BadOption(f"The preset {preset.name} imports itself ({' -> '.join(circle)}): see {preset.path}.")
    imported = [_layers(_imported(preset, name, game), game, (*above, preset.path)) for name in preset.imports]
    return [layer for nested in imported for layer in nested] + [preset]


def _imported(preset: Preset, name: str, game: str) -> Preset:
    """A preset that another one names; a path is one from the folder of that other."""
    try:
        return preset_named(str(preset.path.parent / name) if name.endswith((".yaml", ".yml")) else name, game)
    except UnknownName as error:
        raise BadOption(f"The preset {preset.path} imports another. {error}") from None


def read_preset(path: Path, game: str) -> Preset:
    """Read one file. Raises BadOption, with the line, when it is no preset."""
    try:
        document = read_yaml(path.read_text(encoding="utf-8")) or {}
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise BadOption(f"The preset {path} can't be read: {' '.join(str(error).split())}") from None
    if not isinstance(document, Mapping) or not all(isinstance(key, str) for key in document):
        raise BadOption(f"The preset {path} holds no settings: write one 'section: {{setting: value}}' a line.")
    imports = document.get("import", [])
    imports = [imports] if isinstance(imports, str) else imports
    if not isinstance(imports, list) or not all(isinstance(name, str) for name in imports):
        raise BadOption(f"The preset {path} imports {imports!r}; write a list of names of presets.")
    settings = {key: value for key, value in document.items() if key not in _OWN}
    return Preset(path.stem, game, path, str(document.get("description", "")), tuple(imports), settings)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
