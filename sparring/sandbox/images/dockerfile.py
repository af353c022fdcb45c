"""Reads a Dockerfile before any engine does: what it builds on, and that it asks for nothing that it can't have.

Docker's classic builder runs it, which knows no secrets, no mounts, no privileged steps and no other people's parsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from sparring.agents.artefact import DOCKERFILE
from sparring.errors import SparringError

MOST_BYTES = 262_144
NOTHING = "scratch"
ALLOWED = {
    "FROM",
    "RUN",
    "COPY",
    "ENV",
    "ARG",
    "WORKDIR",
    "ENTRYPOINT",
    "CMD",
    "USER",
    "LABEL",
    "EXPOSE",
    "VOLUME",
    "SHELL",
    "STOPSIGNAL",
    "HEALTHCHECK",
    "MAINTAINER",
}
REFUSED = {
    "ADD": "ADD can reach any address; use COPY, and hand in what you need.",
    "ONBUILD": "ONBUILD has no meaning here: nobody builds on your image.",
}
DIRECTIVE = re.compile(r"^#\s*(escape|syntax|check)\s*=", re.IGNORECASE)
GOES_ON = re.compile(r"(?:^|[^\\])\\$")
CONTROL = re.compile(r"[^\t\n\x20-\x7e\x80-\U0010ffff]|[\x80-\xa0\u2028\u2029]")
STAGE = re.compile(r"[a-z][a-z0-9-_.]*")
PLAIN_OPTION = re.compile(r"--(from|chown|chmod)=([^\s\"'\\$]+)")


def read_dockerfile(folder: Path) -> list[str]:
    """The images that the Dockerfile of ``folder`` builds on. Raises SparringError with the line that can't be."""
    content = (folder / DOCKERFILE).read_bytes()
    if len(content) > MOST_BYTES:
        raise SparringError(f"The Dockerfile is larger than {MOST_BYTES // 1024} KiB.")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SparringError("The Dockerfile is no UTF-8.") from error
    strange = CONTROL.search(text)
    if strange is not None:
        number = text.count("\n", 0, strange.start()) + 1
        raise _wrong(number, f"has the character {strange[0]!r}, which is not allowed.")
    return _bases(text)


def _bases(text: str) -> list[str]:
    bases: list[str] = []
    stages: list[str] = []
    count = 0
    for number, line in _instructions(text):
        name, _, rest = line.partition(" ")
        name = name.upper()
        if name in REFUSED:
            raise _wrong(number, REFUSED[name])
        if name not in ALLOWED:
            raise _wrong(number, f"has the instruction {name[:40]}, which is not known here.")
        if name == "FROM":
            base, stage = _from(number, rest.split())
            if base not in stages and base != NOTHING:
                bases.append(base)
            stages += [stage] if stage else []
            count += 1
        elif count == 0 and name != "ARG":
            raise _wrong(number, "comes before FROM.")
        if name == "COPY":
            bases += _copied_from(number, rest, [*stages, *map(str, range(count))])
        if name == "RUN" and rest.startswith("--"):
            raise _wrong(number, f"uses {rest.split('=')[0][:40]}, which only BuildKit knows; leave it out.")
    if not count:
        raise SparringError("The Dockerfile has no FROM.")
    return list(dict.fromkeys(bases))


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction in one line, with the number of its first, as Docker reads them."""
    at_top, begun, number = True, 0, 0
    parts: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(" \t")
        if at_top and DIRECTIVE.match(stripped):
            raise _wrong(number, "is a directive for other builders; leave it out.")
        at_top = at_top and stripped.startswith("#")
        if not stripped or stripped.startswith("#"):
            continue
        begun = begun if parts else number
        goes_on = GOES_ON.search(stripped) is not None
        parts.append(stripped.removesuffix("\\"))
        if not goes_on:
            yield begun, re.sub(r"\s+", " ", "".join(parts)).strip()
            parts = []
    if parts:
        yield begun, re.sub(r"\s+", " ", "".join(parts)).strip()


def _from(number: int, words: list[str]) -> tuple[str, str]:
    """The image of a FROM, and how its stage is called."""
    named = len(words) == 3 and words[1].lower() == "as" and STAGE.fullmatch(words[2].lower()) is not None
    if not (len(words) == 1 or named) or words[0].startswith("--") or "$" in words[0]:
        raise _wrong(number, "has to be FROM IMAGE or FROM IMAGE AS NAME, without options and variables.")
    stage = words[2].lower() if named else ""
    return words[0], stage


def _copied_from(number: int, rest: str, stages: list[str]) -> list[str]:
    sources = []
    for word in rest.split(" "):
        if not word.startswith("--"):
            break
        option = PLAIN_OPTION.fullmatch(word)
        if option is None:
            raise _wrong(number, f"has the option {word[:60]}; write --from=, --chown= or --chmod= without quotes.")
        if option[1] == "from":
            sources.append(option[2])
    return [source for source in sources if source.lower() not in stages and source != NOTHING]


def _wrong(number: int, what: str) -> SparringError:
    return SparringError(f"Line {number} of the Dockerfile{': ' if what[0].isupper() else ' '}{what}")
