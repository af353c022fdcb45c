"""The registry: versions, hashes, damage, and two who publish at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sparring.engine import load_game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.models import Manifest, ModelRef, Registry, check_plays, manifest_for

FILES = {"model.safetensors": b"weights", "model.onnx": b"graph"}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def manifest() -> Manifest:
    return manifest_for(load_game("tic_tac_toe"), algorithm="test")


def test_versions_count_up_and_a_name_alone_means_the_latest(registry: Registry, manifest: Manifest) -> None:
    refs = [registry.publish("tic_tac_toe/ada", {"model.onnx": bytes([n])}, manifest) for n in range(11)]
    assert [str(ref) for ref in refs[:2]] == ["tic_tac_toe/ada@1", "tic_tac_toe/ada@2"]
    assert (registry.resolve("tic_tac_toe/ada") / "model.onnx").read_bytes() == bytes([10])
    assert (registry.resolve("tic_tac_toe/ada@3") / "model.onnx").read_bytes() == bytes([2])
    assert registry.list() == refs
    assert registry.list("connect_four") == []


def test_the_manifest_keeps_lineage_and_the_hashes_of_the_files(registry: Registry, manifest: Manifest) -> None:
    lineage = manifest.model_copy(update={"parent": "tic_tac_toe/ada@1", "metrics": {"probe/share": 0.5}})
    stored = registry.manifest(registry.publish("tic_tac_toe/ada", FILES, lineage))
    assert (stored.parent, stored.metrics, stored.actions) == ("tic_tac_toe/ada@1", {"probe/share": 0.5}, 9)
    assert sorted(stored.files) == ["model.onnx", "model.safetensors"]


def test_a_folder_can_be_published(registry: Registry, manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "model.onnx").write_bytes(b"graph")
    folder = registry.resolve(registry.publish("tic_tac_toe/ada", tmp_path / "made", manifest))
    assert (folder / "model.onnx").read_bytes() == b"graph"


@pytest.mark.parametrize("file", ["model.safetensors", "model.onnx", "manifest.json"])
def test_a_damaged_file_is_detected(registry: Registry, manifest: Manifest, file: str) -> None:
    folder = registry.resolve(registry.publish("tic_tac_toe/ada", FILES, manifest))
    content = bytearray((folder / file).read_bytes())
    content[-3] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(SparringError, match=rf"{re.escape(file)} of tic_tac_toe/ada@1 is damaged"):
        registry.resolve("tic_tac_toe/ada")


def test_a_missing_file_is_detected(registry: Registry, manifest: Manifest) -> None:
    folder = registry.resolve(registry.publish("tic_tac_toe/ada", FILES, manifest))
    (folder / "model.onnx").unlink()
    with pytest.raises(SparringError, match=r"model.onnx of tic_tac_toe/ada@1 is missing"):
        registry.resolve("tic_tac_toe/ada")


def test_an_unknown_model_gets_the_nearest_name(registry: Registry, manifest: Manifest) -> None:
    registry.publish("tic_tac_toe/ada", FILES, manifest)
    with pytest.raises(UnknownName, match="Did you mean 'tic_tac_toe/ada'"):
        registry.resolve("tic_tac_toe/aba")
    with pytest.raises(UnknownName, match="Did you mean 'tic_tac_toe/ada@1'"):
        registry.resolve("tic_tac_toe/ada@2")


def test_a_member_of_a_family_of_games_has_models_too(registry: Registry, manifest: Manifest) -> None:
    reference = registry.publish("gym:CartPole-v1/ada", FILES, manifest)
    assert registry.list("gym:CartPole-v1") == [reference]
    assert registry.find("gym:CartPole-v1/ada") == reference


@pytest.mark.parametrize(
    "name", [":a/b", "ada", "../ada/b", "tic_tac_toe/../x", "tic_tac_toe/", "a/b@x", "a/b@0", "a//b", ""]
)
def test_what_is_no_name_is_refused(registry: Registry, manifest: Manifest, name: str) -> None:
    with pytest.raises(BadOption):
        registry.resolve(name)
    with pytest.raises(BadOption):
        registry.publish(name, FILES, manifest)


def test_files_cannot_be_written_outside_the_model(registry: Registry, manifest: Manifest) -> None:
    for name in ("../model.onnx", "manifest.json", ".hidden"):
        with pytest.raises(SparringError, match="can't be the name"):
            registry.publish("tic_tac_toe/ada", {name: b""}, manifest)


def test_two_who_publish_at_once_get_different_versions(registry: Registry, manifest: Manifest) -> None:
    def publish(number: int) -> ModelRef:
        return Registry(registry.root).publish("tic_tac_toe/ada", {"model.onnx": bytes([number])}, manifest)

    with ThreadPoolExecutor(4) as pool:
        refs = list(pool.map(publish, range(20)))
    assert sorted(ref.version for ref in refs) == list(range(1, 21))
    assert {(registry.resolve(ref) / "model.onnx").read_bytes() for ref in refs} == {bytes([n]) for n in range(20)}


def test_the_same_content_twice_is_stored_once(registry: Registry, manifest: Manifest) -> None:
    first, second = (registry.publish("tic_tac_toe/ada", FILES, manifest) for _ in range(2))
    assert first != second
    assert registry.resolve(first) == registry.resolve(second)


def test_a_publisher_killed_at_any_moment_leaves_only_whole_models(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom sparring.engine import load_game\nfrom sparring.models import Registry, manifest_for\n"
        "registry = Registry(sys.argv[1])\nmanifest = manifest_for(load_game('tic_tac_toe'))\n"
        "number = 0\nwhile True:\n"
        "    registry.publish('tic_tac_toe/ada', {'model.onnx': number.to_bytes(4, 'big') * 50_000}, manifest)\n"
        "    number += 1\n    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    registry = Registry(tmp_path)
    assert len(registry.list()) >= 5
    for ref in registry.list():
        registry.resolve(ref)


def test_a_model_of_another_game_is_refused_with_the_difference(manifest: Manifest) -> None:
    with pytest.raises(SparringError, match=r"game tic_tac_toe instead of connect_four"):
        check_plays(manifest, load_game("connect_four"), "tic_tac_toe/ada@1")
    older = manifest.model_copy(update={"rules_version": 0})
    with pytest.raises(SparringError, match=r"version of the rules 0 instead of 1"):
        check_plays(older, load_game("tic_tac_toe"), "tic_tac_toe/ada@1")
    check_plays(manifest, load_game("tic_tac_toe"), "tic_tac_toe/ada@1")
