"""The git repository of public submissions, written through git's plumbing: no working tree, no author's file.

``git fast-import`` makes one commit a version on the branch ``main``, and a tag says which version it is; both are
pushed at once. So the tag tells whether a version is there, whoever was killed when.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sparring.engine import home
from sparring.errors import SparringError

BRANCH = "main"
LARGEST_FILE = 1024 * 1024
SECONDS_FOR_GIT = 300.0
NOBODY = "Sparring <arena@localhost>"


class NoRepository(SparringError):
    """The repository can't be reached or written now; the message says what git said."""


@dataclass(frozen=True)
class Release:
    """What one commit holds."""

    tag: str
    folder: str
    message: str
    when: int
    """Seconds since 1970: with them, the same release on the same parent is the same commit."""
    files: dict[str, bytes]


def publish(remote: str, release: Release) -> str:
    """Put ``release`` into the repository ``remote``, unless it is there already; the hash of its commit.

    Raises NoRepository, when another was quicker, too: then try again.
    """
    local = _clone_of(remote)
    _fetch(local, remote)
    found = _resolve(local, f"refs/remotes/tags/{release.tag}")
    if found:
        return found
    parent = _resolve(local, f"refs/remotes/heads/{BRANCH}")
    ref = f"refs/publishing/{os.getpid()}"
    _git(local, "fast-import", "--quiet", "--force", data=b"".join(_stream(ref, parent, release)))
    commit = _resolve(local, ref)
    _git(local, "push", "--quiet", "--atomic", remote, f"{ref}:refs/heads/{BRANCH}", f"{ref}:refs/tags/{release.tag}")
    return commit


def without_large(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, with a note in the place of each that is too large for a repository."""
    return dict(_kept(name, content) for name, content in sorted(files.items()))


def _kept(name: str, content: bytes) -> tuple[str, bytes]:
    if len(content) <= LARGEST_FILE:
        return name, content
    digest = hashlib.sha256(content).hexdigest()
    note = f"{name} is not kept here: it has {len(content)} bytes.\nSHA-256: {digest}\n"
    return f"{name}.left-out.txt", note.encode()


def _clone_of(remote: str) -> Path:
    """Our own bare copy of a repository, made when missing."""
    path = home() / "publishing" / hashlib.sha256(remote.encode()).hexdigest()[:16]
    if not (path / "HEAD").is_file():
        path.mkdir(parents=True, exist_ok=True)
        _git(path, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}")
    return path


def _fetch(local: Path, remote: str) -> None:
    refs = ["+refs/heads/*:refs/remotes/heads/*", "+refs/tags/*:refs/remotes/tags/*"]
    _git(local, "fetch", "--quiet", "--no-tags", "--prune", remote, *refs)


def _resolve(local: Path, ref: str) -> str:
    """The commit that a reference names; empty where there is none."""
    return _git(local, "for-each-ref", "--format=%(objectname)", ref).decode().strip()


def _stream(ref: str, parent: str, release: Release) -> Iterator[bytes]:
    """The commands for ``git fast-import``."""
    message = release.message.encode()
    yield f"commit {ref}\ncommitter {NOBODY} {release.when} +0000\ndata {len(message)}\n".encode() + message + b"\n"
    if parent:
        yield f"from {parent}\n".encode()
    yield f"D {_quoted(release.folder)}\n".encode()
    for name, content in release.files.items():
        yield f"M 100644 inline {_quoted(f'{release.folder}/{name}')}\ndata {len(content)}\n".encode() + content + b"\n"
    yield b"\n"


def _quoted(path: str) -> str:
    """A path as fast-import reads it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """What git prints. Raises NoRepository with what it said."""
    settings = ["-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0", "-c", "protocol.ext.allow=never"]
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes", "LC_ALL": "C"}
    command = ["git", "--git-dir", str(folder), *settings, *arguments]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, env=environment, timeout=SECONDS_FOR_GIT, check=False
        )
    except FileNotFoundError as error:
        raise NoRepository("git is not installed; on Debian: apt-get install git") from error
    except subprocess.TimeoutExpired as error:
        raise NoRepository(f"git {arguments[0]} took longer than {SECONDS_FOR_GIT:.0f} s.") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise NoRepository(f"git {arguments[0]} failed: {lines[-1][:200]}")
    return done.stdout
