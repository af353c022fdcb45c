"""What packages a submission asks for: ``requirements.txt``, or the ``environment.yml`` of a classic player."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from sparring.errors import SparringError

REQUIREMENTS = "requirements.txt"
MOST_REQUIREMENTS = 200
IGNORED_OPTIONS = (
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--no-index",
    "--pre",
    "--trusted-host",
)
"""Where packages come from is the arena's to say; a file that says otherwise still names packages."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """Packages that a submission asks for."""

    packages: tuple[Requirement, ...] = ()
    lenient: bool = False
    """Whether pins that can't be met may be relaxed: those of classic players are for other times and Pythons."""
    dispensable: frozenset[str] = frozenset()
    """Names that may be left out where there is no such package: what conda knows, pip need not know."""

    @property
    def lines(self) -> list[str]:
        """As in a ``requirements.txt``, in one order whatever the order was."""
        return sorted(str(package) for package in self.packages)

    def missing(self) -> Wanted:
        """Those that this arena's Python does not have in a version that will do."""
        return replace(self, packages=tuple(package for package in self.packages if not _is_here(package)))

    def relaxed(self, name: str, say: Say) -> Wanted | None:
        """The same with ``name`` in any version, or without it; None where neither may be done."""
        found = {canonicalize_name(package.name): package for package in self.packages}
        package = found.get(canonicalize_name(name))
        if package is None or not self.lenient:
            return None
        others = tuple(other for other in self.packages if other is not package)
        if package.specifier:
            say(f"Note: {package} is not to be had for this Python; any version of {package.name} will do.\n")
            return replace(self, packages=(*others, any_version(package)))
        if canonicalize_name(package.name) in self.dispensable:
            say(f"Note: {package.name} is no Python package of this index; it is left out.\n")
            return replace(self, packages=others)
        return None

    def without_pins(self, say: Say) -> Wanted | None:
        """The same with every package in any version; None where that may not be done, or has been."""
        if not self.lenient or not any(package.specifier for package in self.packages):
            return None
        say("Note: these versions do not go together; any version of each package will do.\n")
        return replace(self, packages=tuple(any_version(package) for package in self.packages))


def any_version(package: Requirement) -> Requirement:
    """A requirement without its versions."""
    extras = f"[{','.join(sorted(package.extras))}]" if package.extras else ""
    return Requirement(f"{package.name}{extras}")


def read_requirements(content: bytes, say: Say) -> Wanted:
    """The packages of a ``requirements.txt``. Raises SparringError, with the line, for what can't be installed here."""
    return Wanted(tuple(parse_lines(content.decode("utf-8", "replace").splitlines(), REQUIREMENTS, say)))


def parse_lines(lines: Iterable[str], file: str, say: Say) -> list[Requirement]:
    """The requirement in each line. Raises SparringError with the number of a line that is none."""
    found = []
    for number, line in enumerate(lines, start=1):
        text = re.sub(r"(^|\s)#.*$", "", line).strip().removesuffix("\\").strip()
        if not text or text.startswith("--hash"):
            continue
        if text.split()[0].partition("=")[0] in IGNORED_OPTIONS:
            say(f"Note: line {number} of {file} is left out: this arena has its own package index.\n")
            continue
        found.append(_parse(text.partition(" --hash")[0], f"Line {number} of {file}"))
    if len(found) > MOST_REQUIREMENTS:
        raise SparringError(f"{file} asks for {len(found)} packages; {MOST_REQUIREMENTS} are allowed.")
    return [package for package in found if package.marker is None or package.marker.evaluate()]


def _parse(text: str, where: str) -> Requirement:
    try:
        package = Requirement(text)
    except InvalidRequirement as error:
        raise SparringError(
            f"{where}, '{text[:80]}', names no package as in numpy==2.1.0; options, files and addresses are not read."
        ) from error
    if package.url is not None:
        raise SparringError(
            f"{where} names an address; packages come from this arena's index only. Name it as in a==1."
        )
    return package


def _is_here(package: Requirement) -> bool:
    if package.extras:
        return False
    try:
        return package.specifier.contains(version(package.name), prereleases=True)
    except PackageNotFoundError:
        return False
