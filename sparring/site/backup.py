"""One file with everything that an arena knows, made while it runs, and an arena made of that file.

The database comes first, as one moment of it (SQLite's online backup, or ``pg_dump``, which reads in one transaction);
then the files that its rows speak of: those are written before their rows and never change, so that none is missing.
The last member of the archive is a list of all others with their hashes: an archive that was cut off has none.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

import sparring
from sparring.engine import home
from sparring.errors import SparringError
from sparring.hashed import Hashed
from sparring.site.processes import sole_arena

CONTENTS = "contents.json"
FORMAT = 1
SQLITE, POSTGRESQL = "arena.sqlite3", "arena.dump"
KEPT = ("secret_key", "submissions", "layers", "compiled", "images", "models", "runs", "presets")
"""What of the data folder is kept besides the database: files and folders by name."""
BUILT = ("layers", "compiled")
"""Folders that sandboxes show to agents: everyone may read what is in there."""
UNFINISHED = ("tmp", "lock")


@dataclass(frozen=True)
class Backup:
    """What an archive holds."""

    path: Path
    made: str
    """ISO 8601, UTC."""
    version: str
    """The Sparring that made it."""
    files: int
    size: int
    """Bytes of its contents, unpacked."""


def back_up(target: Path) -> Backup:
    """Write everything below ``SPARRING_HOME``, and the database, to ``target`` (.tar.gz), while the arena runs or not.

    The file is there whole or not at all. Raises SparringError when there is nothing to keep, when ``target`` exists,
    or when it can't be written.
    """
    if target.exists():
        raise SparringError(f"There is a file {target} already. Choose another name, or delete it.")
    hashes: dict[str, str] = {}
    size = 0
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=home()) as folder:
        workplace = Path(folder)
        database = _dump_database(workplace)
        _link_files(home(), workplace)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with tarfile.open(unfinished, "w:gz", compresslevel=5) as archive:
                for path in [database, *sorted(_files(workplace) - {database})]:
                    name, mode = path.relative_to(workplace).as_posix(), 0o755 if os.access(path, os.X_OK) else 0o644
                    with path.open("rb") as content:
                        length, hashes[name] = _add(archive, name, content, mode)
                    size += length
                made = datetime.now(UTC).isoformat(timespec="seconds")
                document = {"format": FORMAT, "version": sparring.__version__, "made": made, "files": hashes}
                _add(archive, CONTENTS, io.BytesIO(json.dumps(document, indent=1).encode()))
            unfinished.chmod(0o600)
            unfinished.replace(target)
        except OSError as error:
            raise SparringError(f"The backup {target} can't be written: {error.strerror or error}.") from error
        finally:
            unfinished.unlink(missing_ok=True)
    return Backup(target, made, sparring.__version__, len(hashes), size)


def restore(source: Path) -> Backup:
    """Make an arena of the archive ``source`` in an empty ``SPARRING_HOME`` (and an empty database).

    Nothing is touched before every file has been unpacked and compared with its hash. Raises SparringError for an
    archive that is damaged, or a place where an arena is already.
    """
    with sole_arena(), tempfile.TemporaryDirectory(prefix=".restore-", dir=home()) as folder:
        _refuse_what_is_there()
        workplace = Path(folder)
        document = _unpack(source, workplace)
        files = _files(workplace)
        size = sum(path.stat().st_size for path in files)
        _load_database(workplace)
        for path in sorted(workplace.iterdir()):
            path.rename(home() / path.name)
    return Backup(source, document["made"], document["version"], len(files), size)


def _dump_database(workplace: Path) -> Path:
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith(("postgres://", "postgresql://")):
        target = workplace / POSTGRESQL
        _run_postgresql("pg_dump", "--format=custom", "--no-owner", f"--file={target}", url)
        return target
    from django.conf import settings

    live, target = Path(settings.DATABASES["default"]["NAME"]), workplace / SQLITE
    if not live.is_file():
        raise SparringError(f"There is no arena in {home()}, so there is nothing to back up.")
    with closing(sqlite3.connect(live, timeout=60)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)  # in one go: in steps, it would begin anew whenever somebody writes, and perhaps never end
    target.chmod(0o600)
    return target


def _load_database(workplace: Path) -> None:
    url = os.environ.get("DATABASE_URL", "")
    dump = workplace / POSTGRESQL
    if url.startswith(("postgres://", "postgresql://")) != dump.exists():
        kind = "PostgreSQL" if dump.exists() else "SQLite"
        wanted = "name an empty one in DATABASE_URL" if dump.exists() else "leave DATABASE_URL out"
        raise SparringError(f"This backup is of an arena on {kind}: {wanted}.")
    if dump.exists():
        _run_postgresql("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={url}", dump)
        dump.unlink()


def _run_postgresql(program: str, *arguments: str | Path) -> None:
    if shutil.which(program) is None:
        raise SparringError(f"{program} is not installed; on Debian: apt-get install postgresql-client")
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise SparringError(f"{program} failed: {lines[0]}")


def _link_files(source: Path, workplace: Path) -> None:
    """A picture of the data folder: hard links, or copies where there can be none.

    A file that is replaced meanwhile stays as it was; a checkpoint that is deleted meanwhile is left out as a whole.
    """
    for name in KEPT:
        if (source / name).is_file():
            _link(source / name, workplace / name)
            continue
        for folder, folders, files in os.walk(source / name):
            there = workplace / Path(folder).relative_to(source)
            there.mkdir(parents=True)
            wanted = files
            if name not in BUILT or Path(folder) == source / name:
                folders[:] = [each for each in folders if not each.startswith(UNFINISHED)]
                wanted = [file for file in files if file not in UNFINISHED and not file.startswith(".")]
            linked = [_link(Path(folder, file), there / file) for file in wanted]
            if not all(linked) and there.parent.name == "checkpoints":
                shutil.rmtree(there)


def _link(source: Path, target: Path) -> bool:
    """Whether the file was still there. What others append to is copied, lest it change under the picture."""
    with suppress(FileNotFoundError):
        if source.suffix in (".jsonl", ".txt") or "tensorboard" in source.parts:
            shutil.copy2(source, target)
            return True
        try:
            target.hardlink_to(source)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copy2(source, target)
        return True
    return False


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], mode: int = 0o600) -> tuple[int, str]:
    """Add a file; its length and its hash. Its ``mode`` matters only where agents may read it."""
    member, hashed = tarfile.TarInfo(name), Hashed(content)
    member.mode = mode if name.startswith(BUILT) else 0o600
    member.size, member.mtime = content.seek(0, io.SEEK_END), datetime.now(UTC).timestamp()
    content.seek(0)
    archive.addfile(member, hashed)
    return member.size, hashed.hexdigest()


def _refuse_what_is_there() -> None:
    there = [name for name in (SQLITE, *KEPT) if (home() / name).exists()]
    if there:
        raise SparringError(
            f"There is an arena in {home()} already ({', '.join(there)}). "
            "Restore into an empty folder: SPARRING_HOME=/path/to/new sparring restore FILE"
        )


def _unpack(source: Path, workplace: Path) -> dict[str, str]:
    """Write the archive's files and compare each with its hash; what the archive says of itself."""
    found: dict[str, str] = {}
    try:
        with tarfile.open(source, "r:gz") as archive:
            for name, content, mode in _members(archive):
                if name == CONTENTS:
                    document = json.load(content)
                    break
                path, hashed = workplace / name, Hashed(content)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    shutil.copyfileobj(hashed, file)
                found[name] = hashed.hexdigest()
                path.chmod(mode & 0o755 if name.startswith(BUILT) else 0o600)
            else:
                raise SparringError(f"{source} was cut off: it doesn't say what it should hold.")
    except FileNotFoundError:
        raise SparringError(f"There is no file {source}.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise SparringError(f"{source} is no backup that can be read: {error}.") from error
    if document.get("format") != FORMAT:
        raise SparringError(f"{source} has format {document.get('format')}; this Sparring reads format {FORMAT}.")
    damaged = sorted(name for name, digest in document["files"].items() if found.get(name) != digest)
    if damaged or found.keys() != document["files"].keys():
        raise SparringError(f"{source} is damaged: {(damaged or sorted(found.keys() - document['files'].keys()))[0]}.")
    return dict(document)


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes], int]]:
    """Name, content and mode of each file; anything but a plain file below the folder is refused."""
    for member in archive:
        path = PurePosixPath(member.name)
        known = path.parts and (path.parts[0] in KEPT or member.name in (SQLITE, POSTGRESQL, CONTENTS))
        if not member.isfile() or path.is_absolute() or ".." in path.parts or not known:
            raise SparringError(f"The backup holds {member.name}, which no backup of ours does.")
        content = archive.extractfile(member)
        assert content is not None
        yield member.name, content, member.mode
