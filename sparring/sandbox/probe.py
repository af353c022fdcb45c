"""Attacks a sandbox driver for real and reports what held. ``sparring doctor`` shows it."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sparring.agents.artefact import Artefact
from sparring.agents.player import Reply
from sparring.agents.program import GameInfo
from sparring.errors import AgentFault, SparringError, UnknownName
from sparring.sandbox.drivers import why_unavailable
from sparring.sandbox.isolation.cgroup import group_limits_work
from sparring.sandbox.limits import Limits
from sparring.sandbox.program import SandboxProgram

PROBE_LIMITS = Limits(memory_mib=256, processes=16, tmp_mib=16, file_mib=8, move_seconds=20.0)
HASTY_LIMITS = replace(PROBE_LIMITS, move_seconds=0.5, bank_seconds=0.5)
AGENT = """
import os, socket, time
class Agent:
    def act(self, observation, legal_actions):
{attack}
"""
NETWORK = """
        try:
            socket.create_connection(("127.0.0.1", {port}), timeout=0.5)
        except OSError:
            return 0
        return 1
"""
READ = """
        try:
            open({path!r}).read()
        except OSError:
            return 0
        return 1
"""
ENVIRONMENT = """
        seen = {name!r} in os.environ
        for process in os.listdir("/proc"):
            try:
                seen |= {value!r} in open(f"/proc/{process}/environ").read()
            except OSError:
                pass
        return int(seen)
"""
WRITE = """
        for folder in ("/", "/usr", "/usr/local", "/agent", "/house/sparring", "/dev", "/proc", "/etc"):
            try:
                open(folder + "/sparring-was-here", "w").close()
                return 1
            except OSError:
                pass
        return 0
"""
FORK = """
        children = 0
        try:
            while children < 1000:
                if os.fork() == 0:
                    time.sleep(60)
                children += 1
        except OSError:
            pass
        return children
"""
MEMORY = """
        hoard = []
        while True:
            hoard.append(bytearray(16 * 1024 * 1024))
"""
DISK = """
        written = 0
        try:
            for number in range(1000):
                with open(f"/tmp/{number}", "wb") as file:
                    written += file.write(bytes(4 * 1024 * 1024))
        except OSError:
            pass
        return written // (1024 * 1024)
"""
LOOP = """
        while True:
            pass
"""


@dataclass(frozen=True)
class Finding:
    """What became of one attack."""

    name: str
    passed: bool
    """True if the sandbox held."""
    detail: str


def probe_driver(driver: str) -> list[Finding]:
    """Attack ``driver`` with a short list of attacks; a few seconds. Raises SparringError if it can't be used here."""
    if driver != "bubblewrap":
        raise UnknownName("sandbox driver that holds attacks off", driver, ["bubblewrap"])
    reason = why_unavailable(driver)
    if reason is not None:
        raise SparringError(reason)
    return [
        _no_network(),
        _no_host_files(),
        _no_environment(),
        _answers("writing outside /tmp", WRITE, 0, "nothing outside /tmp can be written to"),
        _bounded("fork bomb", FORK, PROBE_LIMITS.processes, "processes"),
        _faults("hoarding memory", MEMORY, "memory"),
        _bounded("filling the disk", DISK, PROBE_LIMITS.tmp_mib, "MiB in /tmp"),
        _faults("endless loop", LOOP, "time", HASTY_LIMITS),
        _memory_is_counted_together(),
    ]


def _no_network() -> Finding:
    with socket.create_server(("127.0.0.1", 0)) as server:
        finding = _answers("network", NETWORK.replace("{port}", str(server.getsockname()[1])), 0, "no connection")
        server.setblocking(False)
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return finding
    return Finding("network", False, "a connection came through")


def _no_host_files() -> Finding:
    with tempfile.NamedTemporaryFile("w", dir=Path.home(), prefix=".sparring-probe-") as secret:
        secret.write("secret")
        secret.flush()
        Path(secret.name).chmod(0o644)
        return _answers("reading files", READ.replace("{path!r}", repr(secret.name)), 0, "a file of yours is not there")


def _no_environment() -> Finding:
    name, value = "SPARRING_PROBE", f"secret{os.getpid()}"
    os.environ[name] = value
    try:
        attack = ENVIRONMENT.replace("{name!r}", repr(name)).replace("{value!r}", repr(value))
        return _answers("reading the environment", attack, 0, "your environment is not there")
    finally:
        del os.environ[name]


def _memory_is_counted_together() -> Finding:
    together = group_limits_work()
    detail = (
        "control groups limit the memory of all processes together"
        if together
        else f"none for this user: the memory limit holds for each of at most {Limits().processes} processes"
    )
    return Finding("control groups", True, detail)


def _answers(name: str, attack: str, wanted: int, detail: str) -> Finding:
    answer, fault = _attack(attack)
    if fault is not None:
        return Finding(name, False, f"the attack was not carried out: {fault}")
    held = bool(answer == wanted)
    return Finding(name, held, detail if held else "it came through")


def _bounded(name: str, attack: str, most: int, unit: str) -> Finding:
    answer, fault = _attack(attack)
    if fault is not None or not isinstance(answer, (int, np.integer)):
        return Finding(name, False, f"the attack was not carried out: {fault or answer!r}")
    return Finding(name, bool(answer <= most), f"stopped at {answer} {unit}, limit {most}")


def _faults(name: str, attack: str, kind: str, limits: Limits = PROBE_LIMITS) -> Finding:
    answer, fault = _attack(attack, limits)
    if fault is None:
        return Finding(name, False, f"it went on and answered {answer!r}")
    return Finding(name, fault.kind == kind, str(fault))


def _attack(source: str, limits: Limits = PROBE_LIMITS) -> tuple[object, AgentFault | None]:
    """What an agent that attacks answers to one question, or its fault."""
    with _program(source, limits) as program:
        lanes = np.zeros(1, np.int64)
        faults = program.begin(lanes, np.zeros(1, np.int8), np.zeros(1, np.uint64))
        if faults:
            return None, faults[0]
        reply: Reply = program.act(lanes, np.zeros((1, 1), np.int8), np.ones((1, 1), np.bool_), np.zeros(1, np.float32))
        return reply.actions[0], reply.faults.get(0)


@contextmanager
def _program(source: str, limits: Limits) -> Iterator[SandboxProgram]:
    with tempfile.TemporaryDirectory(prefix="sparring-probe-") as folder:
        path = Path(folder, "agent.py")
        path.write_text(AGENT.replace("{attack}", source))
        program = SandboxProgram(Artefact(path, "agent-file", "agent.py"), GameInfo("probe", {}, 1, 1), limits)
        try:
            yield program
        finally:
            program.close()
