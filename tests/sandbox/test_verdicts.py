"""What attacks have shown of this machine is kept, and decides where code of strangers may run."""

from __future__ import annotations

import pytest

from sparring.errors import UnknownName
from sparring.sandbox import why_unsafe
from sparring.sandbox.attacks import verdicts
from sparring.sandbox.attacks.probe import Finding

HELD = Finding("a fork bomb", True, "held off", "limits")
CAME_THROUGH = Finding("reading secrets", False, "it got 'a secret'", "files")


@pytest.fixture
def attacks(monkeypatch, tmp_path):
    """Findings that the next attacks will bring, and how often the driver was attacked."""
    monkeypatch.setenv("SPARRING_CACHE", str(tmp_path))
    found: list[Finding] = [HELD]
    calls: list[str] = []

    def probe(driver, progress=None):
        calls.append(driver)
        return list(found)

    monkeypatch.setattr(verdicts, "probe_driver", probe)
    return found, calls


def test_a_driver_that_holds_is_attacked_once(attacks):
    _, calls = attacks
    assert why_unsafe("bubblewrap") is None
    assert why_unsafe("bubblewrap") is None
    assert calls == ["bubblewrap"]


def test_a_driver_that_let_an_attack_through_stays_unsafe_and_says_why(attacks):
    found, calls = attacks
    found.append(CAME_THROUGH)
    for _ in range(2):
        assert "let attacks through on this machine: reading secrets." in (why_unsafe("bubblewrap") or "")
    assert calls == ["bubblewrap"]


def test_other_code_or_another_start_of_the_machine_is_attacked_anew(attacks, monkeypatch):
    found, calls = attacks
    found.append(CAME_THROUGH)
    assert why_unsafe("bubblewrap") is not None
    found.remove(CAME_THROUGH)
    monkeypatch.setattr(verdicts, "_code", lambda: "new code")
    assert why_unsafe("bubblewrap") is None
    assert len(calls) == 2


def test_who_only_looks_attacks_nobody_but_knows_what_others_found(attacks):
    found, calls = attacks
    assert why_unsafe("bubblewrap", attack=False) is None
    assert calls == []
    found.append(CAME_THROUGH)
    assert why_unsafe("bubblewrap") is not None
    assert why_unsafe("bubblewrap", attack=False) is not None


def test_a_broken_verdict_is_found_out_again(attacks):
    _, calls = attacks
    assert why_unsafe("bubblewrap") is None
    verdicts._place("bubblewrap").write_text("{")
    assert why_unsafe("bubblewrap") is None
    assert len(calls) == 2


def test_an_unknown_driver_is_told(attacks):
    with pytest.raises(UnknownName, match="bubblewrap"):
        why_unsafe("bublewrap")
