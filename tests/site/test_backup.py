"""Backups: whole or not at all, compared with their hashes, never over something that is there."""

from __future__ import annotations

import gzip
import io
import os
import sqlite3
import subprocess
import sys
import tarfile
import tracemalloc
from pathlib import Path

import pytest

COUNT = "SELECT COUNT(*) FROM submissions_version"


def sparring(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["SPARRING_HOME"] = str(home)
    command = [sys.executable, "-m", "sparring.cli", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def rows(home: Path) -> int:
    with sqlite3.connect(home / "arena.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(database.execute(COUNT).fetchone()[0])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An arena with house agents, a submission, a model, and a run whose checkpoints come and go."""
    folder = tmp_path_factory.mktemp("home")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    prepare = "import sparring.site; sparring.site.prepare()"
    subprocess.run([sys.executable, "-c", prepare], env=environment | {"SPARRING_HOME": str(folder)}, check=True)
    for name in ("submissions/3f.py", "models/objects/3f/model.onnx", "runs/ada/log.txt", "runs/ada/checkpoints/01/a"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    layer = folder / "layers" / "3f" / "packages" / "tmpdir" / "tool"
    layer.parent.mkdir(parents=True)
    layer.write_text("a program")
    layer.chmod(0o755)
    (folder / "layers" / "tmp-half").mkdir()
    (folder / "models" / "tmp").mkdir()
    (folder / "models" / "tmp" / "half").write_text("unfinished")
    (folder / "runs" / "ada" / "lock").touch()
    return folder


@pytest.fixture(scope="module")
def archive(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("backups") / "arena.tar.gz"
    done = sparring(home, "backup", str(path))
    assert done.returncode == 0, done.stderr
    assert path.stat().st_mode & 0o077 == 0
    return path


def test_what_is_restored_is_what_was_there_but_for_what_was_unfinished(
    home: Path, archive: Path, tmp_path: Path
) -> None:
    done = sparring(tmp_path, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(home) > 0
    assert (tmp_path / "secret_key").read_text() == (home / "secret_key").read_text()
    for name in ("submissions/3f.py", "models/objects/3f/model.onnx", "runs/ada/log.txt", "runs/ada/checkpoints/01/a"):
        assert (tmp_path / name).read_text() == name
    assert not (tmp_path / "models" / "tmp").exists()
    assert not (tmp_path / "layers" / "tmp-half").exists()
    assert os.access(tmp_path / "layers" / "3f" / "packages" / "tmpdir" / "tool", os.X_OK)
    assert not (tmp_path / "runs" / "ada" / "lock").exists()
    assert not list(tmp_path.glob(".restore*"))


def test_the_restored_database_says_what_the_first_one_said(home: Path, archive: Path, tmp_path: Path) -> None:
    assert sparring(tmp_path, "restore", str(archive)).returncode == 0
    dumps = []
    for folder in (home, tmp_path):
        with sqlite3.connect(folder / "arena.sqlite3") as database:
            dumps.append(list(database.iterdump()))
    assert dumps[0] == dumps[1]
    assert len(dumps[0]) > 100


def test_a_large_file_is_never_whole_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sparring.site import backup

    large = 64 * 1024 * 1024
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "models").mkdir(parents=True)
    with (tmp_path / "home" / "models" / "large").open("wb") as file:
        file.truncate(large)
    monkeypatch.setattr(backup, "_dump_database", _write_small_database)
    tracemalloc.start()
    backup.back_up(tmp_path / "arena.tar.gz")
    (tmp_path / "there").mkdir()
    backup._unpack(tmp_path / "arena.tar.gz", tmp_path / "there")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "there" / "models" / "large").stat().st_size == large
    assert most < large / 8


def _write_small_database(folder: Path) -> Path:
    (folder / "arena.sqlite3").write_bytes(b"a database")
    return folder / "arena.sqlite3"


def test_nothing_is_written_over(home: Path, archive: Path) -> None:
    again = sparring(home, "backup", str(archive))
    assert again.returncode == 2
    assert "There is a file" in again.stderr
    over = sparring(home, "restore", str(archive))
    assert over.returncode == 2
    assert "There is an arena in" in over.stderr
    assert rows(home) > 0


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda data: data[: len(data) // 2], "is no backup that can be read"),
        (lambda data: b"rubbish", "is no backup that can be read"),
        (lambda data: gzip.compress(gzip.decompress(data).replace(b"runs/ada/log.txt", b"runs/ada/lug.txt", 1)), ""),
        (lambda data: gzip.compress(gzip.decompress(data).replace(b"3f/model.onnx\0\0", b"3f/m0del.onnx\0\0")), ""),
    ],
)
def test_a_damaged_backup_leaves_the_place_empty(archive: Path, tmp_path: Path, damage: object, sentence: str) -> None:
    assert callable(damage)
    (tmp_path / "bad.tar.gz").write_bytes(damage(archive.read_bytes()))
    done = sparring(tmp_path / "home", "restore", str(tmp_path / "bad.tar.gz"))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["arena.lock"]


@pytest.mark.parametrize("name", ["../escaped", "/etc/escaped", "submissions/../../escaped", "elsewhere/file"])
def test_a_backup_that_climbs_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as evil:
        member = tarfile.TarInfo(name)
        member.size = 4
        evil.addfile(member, io.BytesIO(b"evil"))
    done = sparring(tmp_path / "home", "restore", str(tmp_path / "evil.tar.gz"))
    assert done.returncode == 2
    assert "which no backup of ours does" in done.stderr
    assert not list(tmp_path.rglob("escaped"))


def test_where_there_is_no_arena_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    done = sparring(tmp_path / "home", "backup", str(tmp_path / "none.tar.gz"))
    assert done.returncode == 2
    assert "nothing to back up" in done.stderr
    assert not (tmp_path / "none.tar.gz").exists()
    missing = sparring(tmp_path / "home", "restore", str(tmp_path / "none.tar.gz"))
    assert "There is no file" in missing.stderr


def test_a_checkpoint_that_goes_while_it_is_linked_is_left_out_whole_and_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sparring.site import backup

    for name in ("runs/ada/checkpoints/01/a", "runs/ada/checkpoints/01/b", "runs/ada/config.json", "submissions/3f.py"):
        (tmp_path / "home" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "home" / name).write_text(name)
    linked = backup._link

    def vanish(source: Path, target: Path) -> bool:
        return source.name not in ("b", "config.json") and linked(source, target)

    monkeypatch.setattr(backup, "_link", vanish)
    backup._link_files(tmp_path / "home", tmp_path / "picture")
    found = {path.relative_to(tmp_path / "picture").as_posix() for path in (tmp_path / "picture").rglob("*")}
    assert found == {"runs", "runs/ada", "runs/ada/checkpoints", "submissions", "submissions/3f.py"}
