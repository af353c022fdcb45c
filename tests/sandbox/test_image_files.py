"""Container images read without an engine: what they hold, what they can't smuggle in, and which are refused."""

from __future__ import annotations

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from sparring.agents.artefact import check_artefact
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.sandbox import load_player
from sparring.sandbox.images import archive
from sparring.sandbox.images.dockerfile import read_dockerfile
from sparring.sandbox.images.flat import flatten
from tests.sandbox.image_files import config, header, layer, layout, packed, saved

PROGRAM = b"\x7fELF a program"
ONE = {"bin/agent": PROGRAM}
STARTS = {"Entrypoint": ["/bin/agent"]}


def flat(folder: Path, content: bytes, most_mib: int = 4):
    """The image of an archive; name -> header of its files, and what was said."""
    (folder / "image").mkdir(exist_ok=True)
    (folder / "agent.tar").write_bytes(content)
    said: list[str] = []
    image = flatten(folder / "agent.tar", folder / "image", most_mib, said.append)
    with tarfile.open(image.files) as files:
        return image, {member.name: member for member in files}, "".join(said)


def sentence_of(folder: Path, content: bytes, most_mib: int = 4) -> str:
    with pytest.raises(SparringError) as refused:
        flat(folder, content, most_mib)
    return str(refused.value)


def test_upper_layers_take_away_and_replace_what_is_below(tmp_path):
    lower = {"bin/agent": b"old", "gone": b"x", "full/a": b"x", "full/b": b"x", "was/folder": b"x", "kept": b"x"}
    upper = {".wh.gone": b"", "full/.wh..wh..opq": b"", "full/c": b"new", "was": b"file", "bin/agent": PROGRAM}
    image, files, _ = flat(tmp_path, saved([layer(lower), layer(upper)], **STARTS))
    assert {"gone", "full/a", "full/b", "was/folder"}.isdisjoint(files)
    assert {"full/c", "kept"} <= files.keys()
    assert files["was"].isreg()
    assert files["bin/agent"].size == len(PROGRAM)
    assert image.size == sum(member.size for member in files.values())


def test_an_oci_layout_is_the_same_image_as_a_saved_one_and_times_do_not_matter(tmp_path):
    later = header(tarfile.REGTYPE, 0o755, mtime=1_700_000_000)
    first, _, _ = flat(tmp_path, saved([layer({"bin/agent": b"", "data": b"x"})], **STARTS))
    second, _, _ = flat(tmp_path, layout([layer({"data": b"x"}), layer({"bin/agent": later})], **STARTS))
    other, _, _ = flat(tmp_path, saved([layer({"bin/agent": b"", "data": b"y"})], **STARTS))
    started, _, _ = flat(tmp_path, saved([layer({"bin/agent": b"", "data": b"x"})], **STARTS, Cmd=["-v"]))
    assert first.digest == second.digest
    assert len({first.digest, other.digest, started.digest}) == 3


def test_nothing_that_gives_a_privilege_is_left_in_an_image(tmp_path):
    files = {
        "bin/agent": PROGRAM,
        "bin/su": header(tarfile.REGTYPE, 0o6755, uid=0),
        "disk": header(tarfile.BLKTYPE, 0o666, devmajor=8),
        "pipe": header(tarfile.FIFOTYPE),
        "capable": header(tarfile.REGTYPE, 0o755, pax_headers={"SCHILY.xattr.security.capability": "all"}),
        "secret": header(tarfile.REGTYPE, 0o600, uid=1000),
    }
    said_of_itself = {"User": "root", "Volumes": {"/": {}}, "ExposedPorts": {"22/tcp": {}}, "OnBuild": ["RUN evil"]}
    image, found, said = flat(tmp_path, saved([layer(files)], **STARTS, **said_of_itself, Healthcheck={"Test": ["x"]}))
    assert {"disk", "pipe"}.isdisjoint(found)
    assert {member.mode for member in found.values()} == {0o755, 0o644, 0o1777}
    assert [member.name for member in found.values() if member.mode == 0o1777] == ["tmp"]
    assert {(member.uid, tuple(member.pax_headers)) for member in found.values()} == {(0, ())}
    assert "2 devices, pipes or sockets of the image are left out" in said
    assert "1 programs of the image that change their user" in said
    assert json.loads((image.folder / "image.json").read_bytes()).keys() == {
        "digest",
        "size",
        "command",
        "environment",
        "workdir",
    }


def test_a_program_is_found_through_links_and_on_the_path(tmp_path):
    files = {"opt/agent": PROGRAM, "usr/bin/it": "-> /opt/agent", "bin": "-> usr/bin"}
    image, _, _ = flat(tmp_path, saved([layer(files)], Entrypoint=["it"], Env=["PATH=/nowhere:/bin"], WorkingDir="/w"))
    assert (image.start.command, image.start.workdir) == (("it",), "/w")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "starts nothing: give it an ENTRYPOINT"),
        ({"Entrypoint": ["/bin/nothing"]}, "ENTRYPOINT '/bin/nothing' is no file in it"),
        ({"Entrypoint": ["nothing"]}, "ENTRYPOINT 'nothing' is no file in it"),
        ({"Entrypoint": ["/bin"]}, "ENTRYPOINT '/bin' is no file in it"),
        ({"Entrypoint": ["/round"]}, "ENTRYPOINT '/round' is no file in it"),
        ({"Entrypoint": ["/text"]}, "may not be executed"),
        ({"Entrypoint": "/bin/agent"}, "Entrypoint is no list of words"),
        ({**STARTS, "Env": ["A=" + "x" * 40_000]}, "environment is too large"),
        ({**STARTS, "Env": ["A=b"] * 300}, "environment is too large"),
        ({**STARTS, "WorkingDir": "/bin/agent"}, "WORKDIR /bin/agent is no folder in it"),
    ],
    ids=["none", "missing", "not on path", "folder", "circle", "no program", "no list", "huge", "many", "workdir"],
)
def test_an_image_that_can_start_nothing_is_refused_with_a_sentence(tmp_path, said, sentence):
    files = {**ONE, "text": header(tarfile.REGTYPE, 0o644), "round": "-> /round"}
    assert sentence in sentence_of(tmp_path, saved([layer(files)], **said))


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([{"../../etc/passwd": b"x"}], "climbs out of it"),
        ([{"a/" * 70 + "b": b"x"}], "too long"),
        ([{"out": "-> /"}, {"out/bin/agent": b"x"}], "puts files below /out, which is no folder but a link"),
        ([{"out": "-> /proc", "out/a": b"x"}], "puts files below /out"),
        ([{"hard": "= etc/shadow"}], "hard link to a file that its layer does not have"),
        ([{"etc": "-> /proc/self"}], "/etc is no folder"),
        ([{"etc/": header(tarfile.DIRTYPE), "etc/ld.so.preload": b"/evil.so"}], "/etc/ld.so.preload, which is not"),
        ([{"etc/ld.so.preload": "-> ../bin/agent"}], "/etc/ld.so.preload, which is not"),
        ([{"big": b"\0" * 3_000_000}, {"more": b"\0" * 3_000_000}], "more than 4 MiB"),
    ],
    ids=["climbs", "deep", "link below", "link beside", "hard link", "etc", "preload", "preload link", "size"],
)
def test_a_layer_that_no_honest_builder_makes_is_refused_with_a_sentence(tmp_path, layers, sentence):
    assert sentence in sentence_of(tmp_path, saved([layer({**ONE}), *map(layer, layers)], **STARTS))


def test_what_a_container_has_of_its_own_is_not_taken_from_an_image(tmp_path):
    files = {"proc": "-> /bin", "sys/kernel": b"x", "dev": b"file", "tmp/agent": PROGRAM}
    _, found, _ = flat(tmp_path, saved([layer({**ONE, **files})], **STARTS))
    assert all(found[name].isdir() for name in ("proc", "sys", "dev", "tmp", "etc"))
    assert {"sys/kernel", "tmp/agent"}.isdisjoint(found)


def test_an_archive_that_lies_is_refused_with_a_sentence(tmp_path):
    whole, other = layer(ONE), layer({"bin/agent": b"another"})
    about = config([other], **STARTS)
    assert "A layer of agent.tar is not the one" in sentence_of(tmp_path, saved([whole], about))
    about = config([whole], **STARTS) | {"architecture": "riscv64"}
    assert "agent.tar is for linux/riscv64" in sentence_of(tmp_path, saved([whole], about))
    assert "neither manifest.json nor index.json" in sentence_of(tmp_path, packed({"x": b"y"}))
    assert "holds 2 images" in sentence_of(tmp_path, packed({"manifest.json": b"[{}, {}]"}))
    assert "climbs out of it" in sentence_of(tmp_path, packed({"../manifest.json": b"[]"}))
    manifest = json.dumps([{"Config": "c", "Layers": ["l"]}]).encode()
    linked = packed(
        {"manifest.json": manifest, "c": json.dumps(config([whole], **STARTS)).encode(), "l": "-> /etc/passwd"}
    )
    assert "lacks the file l" in sentence_of(tmp_path, linked)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x1f\x8bno", gzip.compress(b"hello", mtime=0)])
def test_what_is_no_archive_is_refused_at_once(tmp_path, content):
    path = tmp_path / "agent.tar.gz"
    path.write_bytes(content)
    with pytest.raises(SparringError, match=r"agent.tar.gz (is no archive|can't be unpacked)"):
        check_artefact(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    assert "would unpack to more than" in sentence_of(tmp_path, gzip.compress(saved([b"\0" * 20_000_000])), most_mib=1)
    monkeypatch.setattr(archive, "MOST_HEADER_BYTES", 1000)
    giant = header(tarfile.REGTYPE, pax_headers={"comment": "x" * 2000})
    assert "giant header" in sentence_of(tmp_path, saved([layer({"x": giant})], **STARTS))


def test_no_damage_to_an_image_is_more_than_a_sentence(tmp_path):
    content = saved([layer(ONE)], **STARTS)
    for cut in range(0, len(content.rstrip(b"\0")), 509):
        assert sentence_of(tmp_path, content[:cut] + b"\xff" * 7)


def test_an_image_is_played_in_a_container_only(tmp_path):
    path = tmp_path / "agent.tar"
    path.write_bytes(saved([layer(ONE)], **STARTS))
    for driver in ("bubblewrap", "trusted"):
        with pytest.raises(SparringError, match=r"agent.tar is a container image: let it play with --sandbox docker"):
            load_player(str(path), load_game("tic_tac_toe"), driver=driver)


def test_a_dockerfile_says_what_it_builds_on(tmp_path):
    text = (
        "# mine\nARG A=1\nFROM python:3.12-slim AS Base\nRUN pip install \\\n  # numbers\n  numpy \\\\\n"
        "FROM scratch\nCOPY --from=base --chown=1:1 /a /b\nCOPY --from=0 /a /b\ncopy --from=tools:1 /c /d\nFROM base\n"
    )
    (tmp_path / "Dockerfile").write_text(text)
    assert read_dockerfile(tmp_path) == ["python:3.12-slim", "tools:1"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("RUN true", "Line 1 of the Dockerfile comes before FROM"),
        ("", "has no FROM"),
        ("FROM scratch\nADD http://host/x /", "Line 2 of the Dockerfile: ADD can reach any address"),
        ("FROM scratch\nONBUILD RUN x", "ONBUILD has no meaning"),
        ("FROM $A", "without options and variables"),
        ("FROM --platform=x scratch", "without options and variables"),
        ('FROM scratch\nCOPY --fr"om=evil" / /', "without quotes"),
        ("FROM scratch\nCOPY --from=$A / /", "without quotes"),
        ("FROM scratch\nRUN --mount=type=ssh x", "uses --mount, which only BuildKit knows"),
        ("FROM scratch\nRUN --security=insecure x", "uses --security, which only BuildKit knows"),
        ("# syntax=evil/parser\nFROM scratch", "directive for other builders"),
        ("# escape=`\nFROM scratch", "directive for other builders"),
        ("FROM scratch\nRUN x\x0bFROM evil", "has the character"),
        ("FROM scratch\nEVIL x", "has the instruction EVIL"),
    ],
)
def test_a_dockerfile_that_asks_for_more_is_refused_with_its_line(tmp_path, text, sentence):
    (tmp_path / "Dockerfile").write_text(text)
    with pytest.raises(SparringError) as refused:
        read_dockerfile(tmp_path)
    assert sentence in str(refused.value)
