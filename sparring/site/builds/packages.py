"""Installs the packages of a submission into a layer: wheels only, so that no setup.py of anybody runs.

pip resolves first, knowing what this arena has already; then exactly what it found is installed, by its hashes.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from typing import Any

from sparring.sandbox.building import BuildFailed, Workshop, run_step, seal
from sparring.sandbox.package_index import CERTIFICATES_FILE, PackageIndex, certificates
from sparring.site.builds import layers
from sparring.site.builds.requirements import Wanted

PIP = [sys.executable, "-I", "-m", "pip", "--isolated", "--no-input", "--no-color", "--disable-pip-version-check"]
INSTALL = ["install", "--progress-bar=off", "--no-cache-dir", "--no-warn-script-location", "--only-binary=:all:"]
MOST_ATTEMPTS = 12
ASKED, REPORT, LOCKED = "asked.txt", "report.json", "locked.txt"
NOT_FOUND = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)([^\s(]*)")
CONFLICT = "ResolutionImpossible"


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
        found = _resolve(wanted, index, workshop.within(place))
        if not found:
            return ""
        _install(found, index, workshop.within(place))
        seal(place / layers.PACKAGES)
        layers.keep(key, place, {"asked": wanted.lines, "found": [_pin(item) for item in found]})
    return key


def _resolve(wanted: Wanted, index: PackageIndex, workshop: Workshop) -> list[dict[str, Any]]:
    """What pip would install, as its report says it."""
    for _ in range(MOST_ATTEMPTS):
        prints: list[str] = []
        listener = _Listener(workshop, prints)
        (workshop.folder / ASKED).write_text("\n".join(wanted.lines) + "\n")
        try:
            options = ["--dry-run", "--report", REPORT, "-r", ASKED]
            run_step(listener.workshop, [*PIP, *INSTALL, *options, *_where(index)], index)
        except BuildFailed as failure:
            looser = _loosened(wanted, "".join(prints), workshop)
            if looser is None:
                raise BuildFailed(_sentence("".join(prints), failure)) from failure
            wanted = looser
            if not wanted.missing().packages:
                return []
            continue
        return list(json.loads((workshop.folder / REPORT).read_bytes())["install"])
    raise BuildFailed(f"Its packages can't be brought together in {MOST_ATTEMPTS} attempts; ask for fewer pins.")


class _Listener:
    """Passes on what is printed, and keeps it."""

    def __init__(self, workshop: Workshop, prints: list[str]) -> None:
        self._say, self._prints = workshop.say, prints
        self.workshop = workshop.within(workshop.folder)
        self.workshop.say = self.say

    def say(self, text: str) -> None:
        self._prints.append(text)
        self._say(text)


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
    run_step(workshop, [*PIP, *INSTALL, *options, *_where(index)], index)


def _pin(item: dict[str, Any]) -> str:
    return f"{item['metadata']['name']}=={item['metadata']['version']}"


def _locked(item: dict[str, Any]) -> str:
    digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256", "")
    return _pin(item) + (f" --hash=sha256:{digest}" if re.fullmatch("[0-9a-f]{64}", digest) else "")


def _where(index: PackageIndex) -> list[str]:
    trusted = ["--cert", CERTIFICATES_FILE] if certificates() is not None and index.folder is None else []
    return [*index.pip_options, *trusted]
