"""Every control is needed: with any one of them switched off, one of our own attacks comes through."""

from __future__ import annotations

import time

import pytest

from sparring.sandbox import guest
from sparring.sandbox.attacks.probe import fire
from sparring.sandbox.attacks.suite import ATTACKS, SMALL, Attack
from sparring.sandbox.attacks.traps import fixed
from sparring.sandbox.isolation import controls

BY_NAME = {attack.name: attack for attack in ATTACKS}
STOPS = {
    controls.NETWORK: "a connection to the host",
    controls.PROCESSES: "the host's processes",
    controls.IPC: "memory that the host shares",
    controls.HOST_NAME: "the host's name",
    controls.GROUPS_VIEW: "the host's control groups",
    controls.FILES: "reading secrets",
    controls.READ_ONLY: "writing outside /tmp",
    controls.TMP_SIZE: "filling the disk",
    controls.ENVIRONMENT: "the arena's environment",
    controls.CAPABILITIES: "capabilities",
    controls.USER: "becoming root",
    controls.SYSTEM_CALLS: "rare parts of the kernel",
    controls.FREEZE: "thinking in the opponent's turn",
    controls.GROUP_MEMORY: "memory by children",
    controls.GROUP_PROCESSOR: "more of the processor than its share",
    controls.DATA: "much memory at once",
    controls.ADDRESSES: "reserving addresses",
    controls.THREADS: "many processes",
    controls.OPEN_FILES: "leaking files",
    controls.FILE_SIZE: "a big file",
    controls.CORE: "core files",
    controls.LOCKED: "locked memory",
    controls.FRAME_SIZE: "a giant frame",
    controls.LOG_SIZE: "flooding standard output",
    controls.CALL_NUMBERS: "answering for another match",
}
"""Control -> the attack that nothing else stops."""
SLOW = {controls.PROCESSOR_TIME: "processor time without end"}
ONLY = {
    "bubblewrap": {controls.OUR_FILES: "files that the arena has open"},
    "docker": {controls.NO_NEW_PRIVILEGES: "programs that run as root"},
}
"""bubblewrap gives no new privileges whatever one asks of it; Docker's containers inherit nothing from us."""
ELSEWHERE = {controls.DIES_WITH_ARENA, controls.GROUP_PROCESSES, controls.WALL_CLOCK}
"""Those with a test of their own, below or in test_ways_out.py."""
MANY = Attack("many processes", "limits", "resources.fork_many", fixed(most=30, tries=60))


def cases(stops: dict[str, str]) -> list:
    found = []
    for driver, own in ONLY.items():
        marks = [pytest.mark.xdist_group("docker")] if driver == "docker" else []
        for control, attack in {**stops, **(own if stops is STOPS else {})}.items():
            found.append(pytest.param(driver, control, BY_NAME[attack], id=f"{driver}-{control}", marks=marks))
    return found


def switch_off(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(controls, "_off", frozenset(names))


def come_through(driver: str, attack: Attack) -> str | None:
    """What the attack got, None if it was held off."""
    (finding,) = fire(driver, [attack])
    return None if finding.passed else finding.detail


@pytest.mark.parametrize(("driver", "control", "attack"), cases(STOPS))
def test_without_this_control_an_attack_comes_through(driver, control, attack, docker, monkeypatch):
    switch_off(monkeypatch, control)
    detail = come_through(driver, attack)
    assert detail is not None
    assert "not carried out" not in detail


@pytest.mark.nightly
@pytest.mark.parametrize(("driver", "control", "attack"), cases(SLOW))
def test_without_this_control_an_attack_goes_on_for_long(driver, control, attack, docker, monkeypatch):
    switch_off(monkeypatch, control)
    assert "no answer within" in (come_through(driver, attack) or "")


@pytest.mark.nightly
@pytest.mark.parametrize(("driver", "control", "attack"), [*cases(STOPS), *cases(SLOW)])
def test_with_it_the_same_attack_is_held_off(driver, control, attack, docker):
    assert come_through(driver, attack) is None


@pytest.mark.parametrize("driver", ["bubblewrap", pytest.param("docker", marks=pytest.mark.xdist_group("docker"))])
def test_where_a_user_may_have_any_number_of_processes_the_group_still_limits_them(driver, docker, monkeypatch):
    switch_off(monkeypatch, controls.THREADS)
    assert come_through(driver, MANY) is None
    switch_off(monkeypatch, controls.THREADS, controls.GROUP_PROCESSES)
    assert come_through(driver, MANY) == "it got 60 processes"


def test_nothing_but_the_clock_ends_an_agent_that_never_answers(monkeypatch):
    monkeypatch.setattr(guest, "FOREVER_SECONDS", 8.0)
    switch_off(monkeypatch, controls.WALL_CLOCK)
    began = time.monotonic()
    fire("bubblewrap", [BY_NAME["never answering"]])
    assert time.monotonic() - began > 8.0


def test_every_control_is_looked_at():
    names = {value for name, value in vars(controls).items() if name.isupper()}
    tested = {*STOPS, *SLOW, *ELSEWHERE, *(control for own in ONLY.values() for control in own)}
    assert tested == names


def test_the_limits_of_the_attacks_leave_the_group_room_beyond_those_of_a_user():
    assert SMALL.processes < 30
