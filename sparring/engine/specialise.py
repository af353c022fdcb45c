"""Kernels for one game: a kernel module, written against ``kernels.bound``, is bound to the game's rules.

The compiled form is a real file in the cache folder, named after a hash of everything that goes into it, because numba
caches on disk only what comes from a file and does not notice a change in a function that it calls.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from sparring.engine.folders import cache_home
from sparring.games import chance

if TYPE_CHECKING:
    from sparring.engine.game import Game

RULES = ("start", "legal", "play", "reward", "observe")
_BOUND_IMPORT = re.compile(r"^from sparring\.engine\.kernels\.bound import [^\n(]+$", re.MULTILINE)
_COMPILED_HEADER = """\
from numba import njit
from sparring.engine.specialise import bound_rules
kernel = njit(cache=True, nogil=True, error_model="numpy")
start, legal, play, reward, observe = bound_rules({rules!r})
"""


def specialise(game: Game, kernel_module: str) -> Any:
    """The functions of ``kernel_module`` bound to the rules of ``game``; compiled unless the game is interpreted."""
    return _compiled(game.rules, kernel_module) if game.compiled else _interpreted(game.rules, kernel_module)


@cache
def _interpreted(rules: ModuleType, kernel_module: str) -> ModuleType:
    module = ModuleType(f"{kernel_module}.interpreted.{rules.__name__}")
    module.__dict__["kernel"] = lambda function: function
    for name in RULES:
        module.__dict__[name] = getattr(rules, name)
    exec(compile(_BOUND_IMPORT.sub("", _source(kernel_module)), f"<{module.__name__}>", "exec"), module.__dict__)
    return module


@cache
def _compiled(rules: ModuleType, kernel_module: str) -> ModuleType:
    import numba

    kernel_source = _source(kernel_module)
    header = _COMPILED_HEADER.format(rules=rules.__name__)
    ingredients = [header, kernel_source, inspect.getsource(rules), inspect.getsource(chance), numba.__version__]
    digest = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()[:16]
    stem = kernel_module.rpartition(".")[2]
    folder = cache_home() / "kernels" / rules.__name__.replace(".rules", "").rpartition(".")[2]
    path = _write_once(folder / f"{stem}_{digest}.py", _BOUND_IMPORT.sub(lambda _: header, kernel_source))
    _known_rules[rules.__name__] = rules
    return _import_file(f"sparring_kernels.{folder.name}.{path.stem}", path)


_known_rules: dict[str, ModuleType] = {}


def bound_rules(name: str) -> tuple[Callable[..., Any], ...]:
    """The five functions of the rules module ``name``, made callable from compiled code; used by generated files."""
    rules = _known_rules[name]
    _register_functions(chance)
    _register_functions(rules)
    return tuple(getattr(rules, function) for function in RULES)


@cache
def _register_functions(module: ModuleType) -> None:
    """Let compiled code call the module's functions, which stay plain Python for everybody else."""
    from numba.extending import register_jitable

    for name, function in vars(module).items():
        if isinstance(function, FunctionType) and function.__module__ == module.__name__ and name != "layout":
            register_jitable(function)


def _source(module_name: str) -> str:
    spec = importlib.util.find_spec(module_name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"There is no kernel module {module_name}.")
    return Path(spec.origin).read_text(encoding="utf-8").replace("from __future__ import annotations\n", "")


def _write_once(path: Path, text: str) -> Path:
    """Write the file unless it exists; an existing one keeps its time stamp, on which numba's cache depends."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(file.name, path)
    except FileExistsError:
        pass
    finally:
        Path(file.name).unlink()
    return path


def _import_file(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
