"""Installs the packages of a submission into a layer: wheels only, so that no setup.py of anybody runs.

pip resolves first, knowing what this arena has already; then exactly what it found is installed, by its hashes.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from dataclasses import replace
from typing import Any

from sparring.sandbox.building import BuildFailed, OverLimit, Workshop, run_step, seal
from sparring.sandbox.package_index import CERTIFICATES_FILE, PackageIndex, certificates
from sparring.site.builds import layers
from sparring.site.builds.requirements import Wanted

PIP = [sys.executable, "-I", "-m", "pip", "--isolated", "--no-input", "--no-color", "--disable-pip-version-check"]
INSTALL = ["install", "--progress-bar=off", "--no-cache-dir", "--no-warn-script-location", "--only-binary=:all:"]
MOST_ATTEMPTS = 12
ASKED, REPORT, LOCKED = "asked.txt", "report.json", "locked.txt"
NOT_FOUND = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)([^\s(]*)")
CONFLICT, NO_ROOM, NO_MEMORY = "ResolutionImpossible", "No space left on device", "MemoryError"


def install(wanted: Wanted, index: PackageIndex | None, workshop: Workshop) -> str:
    """The layer with the packages that are ``wanted``; an empty text where this arena has them all.

    Raises BuildFailed with a sentence for the author.
    """
    missing = wanted.missing()
    if not missing.packages:
        if wanted.packages:
            workshop.say("Everything that it asks for is here already.\n")
        return ""
    key = layers.key_of([*wanted.lines, *(["any"] if wanted.lenient else [])])
    if layers.packages_of(key) is not None:
        workshop.say(f"Its packages are here already: another submission asked for the same (layer {key[:12]}).\n")
        return key
    if index is None:
        names = ", ".join(missing.lines)
        raise BuildFailed(f"It asks for {names}, and this arena installs no packages. Use those that it has.")
    with layers.workplace() as place:
        found = _resolve(wanted, index, workshop.within(place, "while its packages were looked up"))
        if not found:
            return ""
        _install(found, index, workshop.within(place, "while its packages were installed"))
        seal(place / layers.PACKAGES)
        layers.keep(key, place, {"asked": wanted.lines, "found": [_pin(item) for item in found]})
    return key


def _resolve(wanted: Wanted, index: PackageIndex, workshop: Workshop) -> list[dict[str, Any]]:
    """What pip would install, as its report says it."""
    for _ in range(MOST_ATTEMPTS):
        (workshop.folder / ASKED).write_text("\n".join(wanted.lines) + "\n")
        try:
            _pip(["--dry-run", "--report", REPORT, "-r", ASKED], index, workshop)
        except PipFailed as failure:
            looser = _loosened(wanted, failure.prints, workshop)
            if looser is None:
                raise
            wanted = looser
            if not wanted.missing().packages:
                return []
            continue
        return list(json.loads((workshop.folder / REPORT).read_bytes())["install"])
    raise BuildFailed(f"Its packages can't be brought together in {MOST_ATTEMPTS} attempts; ask for fewer pins.")


class PipFailed(BuildFailed):
    """pip ended with an error."""

    def __init__(self, sentence: str, prints: str) -> None:
        super().__init__(sentence)
        self.prints = prints


def _pip(words: list[str], index: PackageIndex, workshop: Workshop) -> None:
    """Have pip install, or find out what it would. Raises PipFailed; OverLimit, where it lacked memory or room, too."""
    prints: list[str] = []

    def say(text: str) -> None:
        prints.append(text)
        workshop.say(text)

    try:
        run_step(replace(workshop, say=say), [*PIP, *INSTALL, *words, *_where(index)], index)
    except OverLimit:
        raise
    except BuildFailed as failure:
        printed = "".join(prints)
        if NO_ROOM in printed:
            raise workshop.too_large() from failure
        if NO_MEMORY in printed:
            raise workshop.out_of_memory() from failure
        raise PipFailed(_sentence(printed, failure), printed) from failure


def _loosened(wanted: Wanted, prints: str, workshop: Workshop) -> Wanted | None:
    """What to ask for instead, where a pin may be relaxed."""
    unknown = NOT_FOUND.search(prints)
    if unknown is not None:
        return wanted.relaxed(unknown[1], workshop.say)
    return wanted.without_pins(workshop.say) if CONFLICT in prints else None


def _sentence(prints: str, failure: BuildFailed) -> str:
    unknown = NOT_FOUND.search(prints)
    python = ".".join(platform.python_version_tuple()[:2])
    if unknown is not None and "(from versions: none)" in prints and "different python version" not in prints:
        return f"There is no package '{unknown[1]}' with a wheel on this arena's index."
    if unknown is not None:
        return (
            f"There is no wheel of {unknown[1]}{unknown[2]} for Python {python}. Ask for another version, "
            "or leave it open."
        )
    if CONFLICT in prints:
        return "Its packages ask for versions of each other that don't go together; the log says which."
    errors = re.findall(r"^ERROR: (.+)$", prints, re.MULTILINE)
    return f"Its packages can't be installed: {errors[-1][:300]}" if errors else str(failure)


def _install(found: list[dict[str, Any]], index: PackageIndex, workshop: Workshop) -> None:
    lines = [_locked(item) for item in found]
    (workshop.folder / LOCKED).write_text("\n".join(lines) + "\n")
    hashed = ["--require-hashes"] if all("--hash" in line for line in lines) else []
    options = ["--no-deps", "--target", layers.PACKAGES, *hashed, "-r", LOCKED]
    _pip(options, index, workshop)


def _pin(item: dict[str, Any]) -> str:
    return f"{item['metadata']['name']}=={item['metadata']['version']}"


def _locked(item: dict[str, Any]) -> str:
    digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256", "")
    return _pin(item) + (f" --hash=sha256:{digest}" if re.fullmatch("[0-9a-f]{64}", digest) else "")


def _where(index: PackageIndex) -> list[str]:
    trusted = ["--cert", CERTIFICATES_FILE] if certificates() is not None and index.folder is None else []
    return [*index.pip_options, *trusted]
