"""Kernels for one game: a kernel module, written against ``kernels.bound``, is bound to the game's rules.

The compiled form is a real file in the cache folder, named after a hash of everything that goes into it, because numba
caches on disk only what comes from a file and does not notice a change in a function that it calls.
"""

from __future__ import annotations

import hashlib
import importlib
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
from sparring.engine.kernels import defaults
from sparring.games import chance

if TYPE_CHECKING:
    from sparring.engine.game import Game

RULES = ("start", "legal", "play", "reward", "observe")
OPTIONAL = ("redeal", "list_legal", "evaluate")
_BOUND_IMPORT = re.compile(r"^from sparring\.engine\.kernels\.bound import [^\n(]+$", re.MULTILINE)
_OWN_IMPORT = re.compile(r"^from (sparring\.[\w.]+) import ", re.MULTILINE)
_COMPILED_HEADER = """\
from sparring.engine.compiler import kernel
from sparring.engine.specialise import bound_rules
{names} = bound_rules({rules!r})
"""


def specialise(game: Game, kernel_module: str) -> Any:
    """The functions of ``kernel_module`` bound to the rules of ``game``; compiled unless the game is interpreted."""
    return _compiled(game.rules, kernel_module) if game.compiled else _interpreted(game.rules, kernel_module)


@cache
def _interpreted(rules: ModuleType, kernel_module: str) -> ModuleType:
    module = ModuleType(f"{kernel_module}.interpreted.{rules.__name__}")
    module.__dict__["kernel"] = lambda function: function
    module.__dict__.update(functions_of(rules))
    exec(compile(_BOUND_IMPORT.sub("", _source(kernel_module)), f"<{module.__name__}>", "exec"), module.__dict__)
    return module


@cache
def _compiled(rules: ModuleType, kernel_module: str) -> ModuleType:
    import numba

    kernel_source = _source(kernel_module)
    header = _COMPILED_HEADER.format(names=", ".join(RULES + OPTIONAL), rules=rules.__name__)
    called = [_source(name) for name in _OWN_IMPORT.findall(kernel_source)]
    ingredients = [
        header,
        kernel_source,
        *called,
        *_sources_beside(rules),
        inspect.getsource(chance),
        numba.__version__,
    ]
    digest = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()[:16]
    stem = kernel_module.rpartition(".")[2]
    folder = cache_home() / "kernels" / rules.__name__.replace(".rules", "").rpartition(".")[2]
    path = _write_once(folder / f"{stem}_{digest}.py", _BOUND_IMPORT.sub(lambda _: header, kernel_source))
    _known_rules[rules.__name__] = rules
    return _import_file(f"sparring_kernels.{folder.name}.{path.stem}", path)


_known_rules: dict[str, ModuleType] = {}


def functions_of(rules: ModuleType) -> dict[str, Callable[..., Any]]:
    """The functions that kernels are bound to; where the game lacks an optional one, one that does nothing."""
    found = {name: getattr(rules, name) for name in RULES}
    for name in ("redeal", "list_legal"):
        found[name] = getattr(rules, name, getattr(defaults, name))
    evaluation = rules.__name__.rpartition(".")[0] + ".evaluation"
    beside = importlib.util.find_spec(evaluation) if "." in evaluation.lstrip(".") else None
    found["evaluate"] = defaults.evaluate if beside is None else importlib.import_module(evaluation).evaluate
    return found


def bound_rules(name: str) -> tuple[Callable[..., Any], ...]:
    """``functions_of`` the rules module ``name``, made callable from compiled code; used by generated files."""
    functions = functions_of(_known_rules[name])
    for module in (chance, defaults, _known_rules[name], sys.modules[functions["evaluate"].__module__]):
        _register_functions(module)
    return tuple(functions[function] for function in RULES + OPTIONAL)


_CALLED_FROM_COMPILED_CODE_ONLY = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of numba that leave out what takes a tenth of the time to compile and is never called."""


@cache
def _register_functions(module: ModuleType) -> None:
    """Let compiled code call the module's functions, and those it takes from modules beside it.

    They stay plain Python for everybody else.
    """
    from numba.extending import register_jitable

    package = module.__name__.rpartition(".")[0] + "."
    for name, function in vars(module).items():
        if not isinstance(function, FunctionType) or name in ("layout", "symmetries", "bearings"):
            continue
        if function.__module__ == module.__name__:
            register_jitable(**_CALLED_FROM_COMPILED_CODE_ONLY)(function)
        elif function.__module__.startswith(package) and module is not chance:
            _register_functions(sys.modules[function.__module__])


def _sources_beside(rules: ModuleType) -> list[str]:
    """The sources of the rules and of all modules in their folder that may be part of them."""
    folder = Path(inspect.getfile(rules)).parent
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")) if path.name != "drawing.py"]


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
