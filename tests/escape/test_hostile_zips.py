"""Zips that want to fill the disk or the memory of whoever looks at them, or to write where they should not."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.sandbox import load_player

AGENT = "class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"
MIB = 1024 * 1024
SIZE_IN_LIST = 24
"""Where an entry of the list at a zip's end says how large its file is."""


def packed(*files: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("agent.py", AGENT), *files):
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def link_to(target: str, name: str) -> tuple[zipfile.ZipInfo, str]:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def a_bomb_that_says_it_is_small() -> bytes:
    """64 MiB of zeros, of which the list at the end says that they are 1,000 bytes."""
    content = bytearray(packed(("zeros.bin", bytes(64 * MIB))))
    content[(place := content.rindex(b"PK\x01\x02") + SIZE_IN_LIST) : place + 4] = struct.pack("<I", 1000)
    return bytes(content)


def a_bomb_of_one_kernel() -> bytes:
    """Many entries of the list that all mean the same 8 MiB of zeros."""
    content = packed(("zeros.bin", bytes(8 * MIB)))
    end = content.rindex(b"PK\x05\x06")
    first = content.index(b"PK\x01\x02")
    entry = content[content.rindex(b"PK\x01\x02") : end]
    entries = [entry.replace(b"zeros.bin", b"zero%04d." % number) for number in range(1000)]
    listed = b"".join([content[first:end], *entries])
    head = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1002, 1002, len(listed), first, 0)
    return content[:first] + listed + head


def a_bomb_within_a_bomb() -> bytes:
    """A zip of zeros in a zip: only what is inside is a bomb, and nobody opens it."""
    return packed(("inner.zip", packed(("zeros.bin", bytes(64 * MIB)))))


EVIL = {
    "a bomb": (packed(("zeros.bin", bytes(64 * MIB))), "looks like a zip bomb"),
    "a bomb that says it is small": (a_bomb_that_says_it_is_small(), "can't be unpacked"),
    "a bomb of one kernel": (a_bomb_of_one_kernel(), "would unpack to"),
    "climbing": (packed(("../../outside", "x")), "climbs out of the folder"),
    "climbing backwards": (packed(("..\\outside", "x")), "climbs out of the folder"),
    "absolute": (packed(("/tmp/sparring-was-outside", "x")), "absolute path"),
    "a link and a file behind it": (packed(link_to("/tmp", "way"), ("way/x", "x")), "is a link or a device"),
    "a file and files below it": (packed(("way", "x"), ("way/inside", "x")), "can't be unpacked"),
    "a name that ends early": (packed(("inno\1cent.py", "x")), "use letters, digits and slashes"),
    "a name of many letters": (packed(("x" * 300, "x")), "can't be unpacked"),
    "the same name twice": (packed(("AGENT.py", "x")), "twice"),
}


@pytest.mark.parametrize("name", EVIL)
def test_a_hostile_zip_is_refused_in_a_sentence_and_leaves_nothing(name, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    content, sentence = EVIL[name]
    path = tmp_path / "agent.zip"
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(SparringError, match=sentence):
        load_player(str(path), load_game("tic_tac_toe"), driver="bubblewrap")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * MIB
    assert list((tmp_path / "scratch").iterdir()) == []
    assert sorted(place.name for place in tmp_path.iterdir()) == ["agent.zip", "scratch"]
    assert not Path("/tmp/sparring-was-outside").exists()


def test_a_zip_in_a_zip_stays_closed(arena, tmp_path):
    path = tmp_path / "agent.zip"
    path.write_bytes(a_bomb_within_a_bomb())
    player = load_player(str(path), arena.game, driver="bubblewrap")
    assert player.lanes is not None or player.log == ""
    player.close()
