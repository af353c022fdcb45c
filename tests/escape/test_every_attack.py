"""Every attack of the suite, against every driver."""

from __future__ import annotations

import pytest

from sparring.sandbox import probe_driver
from sparring.sandbox.attacks.probe import concerns
from sparring.sandbox.attacks.suite import ATTACKS, PROMISES
from sparring.sandbox.isolation.docker import driver as docker_driver

DRIVERS = [
    pytest.param("bubblewrap"),
    pytest.param("docker", marks=pytest.mark.xdist_group("docker")),
]


def failed(findings):
    return {finding.name: finding.detail for finding in findings if not finding.passed}


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_attack_is_held_off(driver, docker):
    findings = probe_driver(driver)
    assert [finding.name for finding in findings] == [attack.name for attack in ATTACKS if concerns(attack, driver)]
    assert failed(findings) == {}


@pytest.mark.nightly
@pytest.mark.xdist_group("docker")
def test_every_attack_is_held_off_in_containers_that_nobody_enters(docker, monkeypatch):
    monkeypatch.setattr(docker_driver, "may_enter", lambda: False)
    assert failed(probe_driver("docker")) == {}


@pytest.mark.xdist_group("docker")
def test_gvisor_holds_off_what_is_tried_in_one_sandbox(docker):
    findings = probe_driver("docker:runsc", [attack for attack in ATTACKS if not attack.alone])
    assert len(findings) >= 30
    assert failed(findings) == {}


@pytest.mark.nightly
@pytest.mark.xdist_group("docker")
def test_gvisor_holds_off_every_attack(docker):
    assert failed(probe_driver("docker:runsc")) == {}


def test_there_are_attacks_for_every_promise():
    assert {attack.promise for attack in ATTACKS} == PROMISES.keys()
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 60
