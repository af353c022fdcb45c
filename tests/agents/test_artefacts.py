"""What authors hand in is looked at before any of it runs."""

from __future__ import annotations

import hashlib
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from sparring.agents import artefact as artefacts
from sparring.agents.artefact import Artefact, check_artefact, contents_digest, unpack
from sparring.errors import SparringError

AGENT = "class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"
PLAYER = "class Player:\n    def __init__(self, train_mode): pass\n"


def make_zip(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def complaint(path: Path) -> str:
    with pytest.raises(SparringError) as caught:
        check_artefact(path)
    return str(caught.value)


def test_a_file_is_an_agent(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(AGENT)
    assert (check_artefact(path).kind, check_artefact(path).entry) == ("agent-file", "agent.py")


@pytest.mark.parametrize(
    "source",
    ["from bots import Agent", "from bots import Best as Agent", "Agent = make()", "if 1:\n    class Agent: pass"],
)
def test_the_class_may_come_from_anywhere(tmp_path, source):
    path = tmp_path / "mine.py"
    path.write_text(source)
    assert check_artefact(path).kind == "agent-file"


def test_a_zip_holds_an_agent_or_a_classic_player(tmp_path):
    assert check_artefact(make_zip(tmp_path / "a.zip", {"agent.py": AGENT, "net.py": ""})).kind == "agent-zip"
    classic = make_zip(tmp_path / "b.zip", {"player.py": PLAYER, "environment.yml": "name: x"})
    assert check_artefact(classic).kind == "classic-zip"


def test_a_missing_file_is_named(tmp_path):
    assert complaint(tmp_path / "none.py") == f"There is no file {tmp_path / 'none.py'}."


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "agent.txt"
    path.write_text(AGENT)
    assert (
        complaint(path) == "agent.txt is neither a .py file nor a .zip nor an .onnx network nor the .tar of an image."
    )


def test_a_syntax_error_is_told_with_its_line(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("class Agent:\n    def act(self:\n")
    assert "(line 2)" in complaint(path)


@pytest.mark.parametrize("source", [b"\x00", b"\xff\xfe", b"(" * 100_000, b"-" * 500_000 + b"1"])
def test_a_source_that_can_not_be_read_is_no_python(tmp_path, source):
    path = tmp_path / "mine.py"
    path.write_bytes(source)
    assert "is no valid Python" in complaint(path)


def test_a_missing_class_is_told_with_what_to_write(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("class Bot: pass")
    assert complaint(path).startswith("mine.py defines no class Agent. Write: class Agent:")
    assert "defines no class Player" in complaint(make_zip(tmp_path / "a.zip", {"player.py": "x = 1"}))


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    path = tmp_path / "agent.zip"
    path.write_bytes(b"PK\x03\x04 but nothing more")
    assert "is no zip that can be read" in complaint(path)


def test_a_cut_zip_is_refused(tmp_path):
    path = make_zip(tmp_path / "agent.zip", {"agent.py": AGENT * 100})
    path.write_bytes(path.read_bytes()[:-30])
    assert "is no zip that can be read" in complaint(path)


def test_a_zip_with_rotten_content_is_refused(tmp_path):
    path = make_zip(tmp_path / "agent.zip", {"agent.py": AGENT * 100})
    data = bytearray(path.read_bytes())
    data[45:60] = bytes(15)
    path.write_bytes(data)
    assert "is no zip that can be read" in complaint(path)


def test_a_zip_without_an_entry_says_what_it_needs(tmp_path):
    assert "holds neither agent.py" in complaint(make_zip(tmp_path / "a.zip", {"bot.py": AGENT}))


def test_a_zipped_folder_is_told_to_be_zipped_without_it(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"bot/agent.py": AGENT})
    assert "holds bot/agent.py, but it must lie at the top" in complaint(path)


@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "..\\evil.py"])
def test_a_path_that_climbs_out_is_refused(tmp_path, name):
    assert "climbs out" in complaint(make_zip(tmp_path / "a.zip", {"agent.py": AGENT, name: ""}))


@pytest.mark.parametrize("name", ["/etc/evil", "C:/evil", "\\evil"])
def test_an_absolute_path_is_refused(tmp_path, name):
    assert "absolute path" in complaint(make_zip(tmp_path / "a.zip", {"agent.py": AGENT, name: ""}))


def test_a_link_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"agent.py": AGENT})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("secret")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "is a link or a device" in complaint(path)


def test_a_name_that_comes_twice_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"agent.py": AGENT, "x": "", "X": ""})
    assert "holds 'X' twice" in complaint(path)


def test_a_zip_bomb_is_refused_without_being_unpacked(tmp_path):
    assert "looks like a zip bomb" in complaint(
        make_zip(tmp_path / "a.zip", {"agent.py": AGENT, "x": "0" * 40_000_000})
    )


def test_too_many_files_are_refused(tmp_path):
    files = {f"{number}": "" for number in range(artefacts.MOST_FILES)}
    assert "2000 are allowed" in complaint(make_zip(tmp_path / "a.zip", {"agent.py": AGENT, **files}))


def test_too_much_to_unpack_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(artefacts, "MOST_UNPACKED_BYTES", 1000)
    assert "would unpack to" in complaint(make_zip(tmp_path / "a.zip", {"agent.py": AGENT, "x": "0" * 1000}))


def test_a_large_source_is_refused(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(AGENT + "#" * artefacts.MOST_SOURCE_BYTES)
    assert "larger than 1 MiB" in complaint(path)
    assert "larger than 1 MiB" in complaint(make_zip(tmp_path / "a.zip", {"agent.py": path.read_text()}))


def test_unpacked_files_can_be_read_by_the_sandbox_and_run_by_nobody(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"agent.py": AGENT, "nets/one.bin": "123"})
    (tmp_path / "out").mkdir()
    unpack(check_artefact(path), tmp_path / "out")
    assert (tmp_path / "out/nets/one.bin").read_text() == "123"
    assert stat.S_IMODE((tmp_path / "out/agent.py").stat().st_mode) == 0o644


def test_a_large_image_is_hashed_without_ever_being_whole_in_memory(tmp_path):
    path = tmp_path / "image.tar"
    with path.open("wb") as file:
        file.truncate(32 * artefacts.MIB)
    tracemalloc.start()
    found = contents_digest(Artefact(path, "image-archive", ""))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == hashlib.sha256(bytes(32 * artefacts.MIB)).hexdigest()
    assert most < 4 * artefacts.MIB
