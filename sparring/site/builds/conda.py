"""``environment.yml``, as classic players bring it: conda's pins in the words of pip.

Conda names a few packages otherwise than pip, and lists what is no Python package at all. Pins are followed where a
wheel for this arena's Python exists; see ``Wanted.relaxed`` for where none does.
"""

from __future__ import annotations

import platform
import re
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sparring.errors import MissingExtra, SparringError
from sparring.site.builds.requirements import Say, Wanted, parse_lines

FILE = "environment.yml"
NAMES = {
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "tensorflow-gpu": "tensorflow",
    "opencv": "opencv-python",
    "py-opencv": "opencv-python",
    "msgpack-python": "msgpack",
}
"""Conda's name -> pip's."""
NO_PACKAGES = re.compile(
    r"(_.*|lib.*|pip|wheel|setuptools|mkl.*|blas|intel-openmp|cuda.*|cudnn|openssl|ca-certificates|sqlite|tk|xz|zlib|readline|"
    r"ncurses|bzip2|ld_impl_.*|vc|vs20.*|ninja|cpuonly|nomkl)"
)
"""What conda lists that no player imports."""
SPECIFICATION = re.compile(r"(?:[\w.-]+::)?(?P<name>[A-Za-z0-9_.-]+)\s*(?P<pin>[=<>!~].*)?")


def read_environment(content: bytes, say: Say) -> Wanted:
    """The packages of an ``environment.yml``. Raises SparringError where it is none."""
    dependencies = _dependencies(content)
    conda = [found for item in dependencies if isinstance(item, str) and (found := _translate(item, say))]
    lines = [line for item in dependencies if isinstance(item, dict) for line in _pip_list(item)]
    pip = parse_lines(lines, f"the pip list in {FILE}", say)
    named = {canonicalize_name(package.name) for package in pip}
    conda = [package for package in conda if canonicalize_name(package.name) not in named]
    dispensable = frozenset(canonicalize_name(package.name) for package in conda)
    return Wanted((*conda, *pip), lenient=True, dispensable=dispensable)


def _dependencies(content: bytes) -> list[Any]:
    try:
        import yaml
    except ModuleNotFoundError:
        raise MissingExtra("yaml", "site", "Reading an environment.yml") from None
    try:
        document = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SparringError(f"{FILE} is no YAML: {str(error).splitlines()[0]}.") from error
    found = document.get("dependencies", []) if isinstance(document, dict) else None
    if document is None:
        return []
    if not isinstance(found, list):
        raise SparringError(f"{FILE} needs dependencies as a list, as in dependencies: [python=3.11, numpy=2.1].")
    return found


def _pip_list(item: dict[Any, Any]) -> list[str]:
    if set(item) != {"pip"} or not isinstance(item["pip"], list):
        raise SparringError(
            f"{FILE} has a {next(iter(item), 'map')} among its dependencies; only a pip list may be there."
        )
    return [str(line) for line in item["pip"]]


def _translate(text: str, say: Say) -> Requirement | None:
    """A dependency in conda's words as one in pip's; None where pip has no part in it."""
    match = SPECIFICATION.fullmatch(text.strip())
    if match is None:
        say(f"Note: '{text[:80]}' in {FILE} is not understood, and left out.\n")
        return None
    name, pin = match["name"].lower(), (match["pin"] or "").strip()
    if name == "python":
        if pin and not _python_fits(pin):
            say(f"Note: it was written for Python {pin.lstrip('=')}; this arena has {platform.python_version()}.\n")
        return None
    if NO_PACKAGES.fullmatch(name):
        return None
    try:
        return Requirement(NAMES.get(name, name) + _specifier(pin))
    except InvalidRequirement:
        say(f"Note: the pin of '{text[:80]}' in {FILE} is not understood; any version will do.\n")
        return Requirement(NAMES.get(name, name))


def _specifier(pin: str) -> str:
    """Conda's ``=1.21``, ``=1.21.2=py38_0``, ``==1.21.2`` or ``>=1,<2`` as pip writes it."""
    if not pin:
        return ""
    if re.match(r"=[^=]", pin):
        number, _, build = pin[1:].partition("=")
        number = number.removesuffix(".*").removesuffix("*").rstrip(".")
        return f"=={number}" if build or number.count(".") >= 2 else f"=={number}.*"
    return re.sub(r"(==[^=,]+)=[^,]*$", r"\1", pin)


def _python_fits(pin: str) -> bool:
    try:
        return SpecifierSet(_specifier(pin)).contains(platform.python_version())
    except ValueError:
        return False
