"""Carries attacks out against a driver, and says what held."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sparring.agents.artefact import Artefact
from sparring.agents.program import GameInfo
from sparring.errors import AgentFault, SparringError, UnknownName
from sparring.sandbox.attacks import weapons
from sparring.sandbox.attacks.suite import ANSWER, ATTACKS, ODD_ANSWER, SMALL, Attack
from sparring.sandbox.attacks.traps import Trap
from sparring.sandbox.drivers import why_unavailable
from sparring.sandbox.isolation.cgroup import group_limits_work
from sparring.sandbox.isolation.registry import DRIVERS
from sparring.sandbox.limits import Limits
from sparring.sandbox.prepared import Prepared
from sparring.sandbox.program import SandboxProgram
from sparring.sandbox.protocol import OddAnswer

AT_ONCE = 3
MOST_LOG = 50_000
SECONDS_BETWEEN_TURNS = 0.5
AGENT = """
from importlib import import_module

SHOTS = {shots!r}


class Agent:
    def reset(self, game, seat, seed):
        module, weapon, self.arguments = SHOTS[seed]
        self.fire = getattr(import_module("sparring.sandbox.attacks.weapons." + module), weapon)

    def act(self, observation, legal_actions):
        answer = self.fire(**self.arguments)
        return 0 if answer is None else answer
"""
OPPONENT = """
import os, socket
SECRET = {secret!r}
for folder in ("/tmp/", "/dev/shm/"):
    with open(folder + {name!r}, "w") as file:
        file.write(SECRET)
    os.chmod(folder + {name!r}, 0o644)
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0" + {name!r})
listener.listen()
class Agent:
    def act(self, observation, legal_actions):
        return 0
"""


@dataclass(frozen=True)
class Finding:
    """What became of one attack."""

    name: str
    passed: bool
    """True if the sandbox held."""
    detail: str
    promise: str
    """Which of the promises it belongs to."""


def probe_driver(
    driver: str, attacks: Sequence[Attack] = ATTACKS, progress: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """Carry ``attacks`` out against ``driver``, a few at a time. Raises SparringError if it can't be used here."""
    if driver not in DRIVERS:
        raise UnknownName("sandbox driver that holds attacks off", driver, DRIVERS)
    reason = why_unavailable(driver)
    if reason is not None:
        raise SparringError(reason)
    attacks = [attack for attack in attacks if concerns(attack, driver)]
    together = [attack for attack in attacks if not attack.alone]
    volleys = [[attack] for attack in attacks if attack.alone] + ([together] if together else [])
    found: list[Finding] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="attack") as pool:
        for findings in pool.map(lambda volley: _fire_or_fail(driver, volley), reversed(volleys)):
            found += findings
            if progress is not None:
                for finding in findings:
                    progress(finding)
    order = {attack.name: number for number, attack in enumerate(attacks)}
    return sorted(found, key=lambda finding: order[finding.name])


def concerns(attack: Attack, driver: str) -> bool:
    """Whether ``driver`` promises on this host to hold an attack off."""
    grouped = driver != "bubblewrap" or not attack.needs_groups or group_limits_work()
    return driver not in attack.not_for and grouped


def _fire_or_fail(driver: str, volley: Sequence[Attack]) -> list[Finding]:
    try:
        return fire(driver, volley)
    except SparringError as error:
        return [Finding(it.name, False, f"the attack was not carried out: {error}", it.promise) for it in volley]


def fire(driver: str, volley: Sequence[Attack]) -> list[Finding]:
    """Carry attacks out one after the other in one sandbox."""
    with ExitStack() as stack:
        laid = [stack.enter_context(_trap(attack, driver)) for attack in volley]
        shots = [(*attack.weapon.split("."), trap.arguments) for attack, trap in zip(volley, laid, strict=True)]
        with agent(AGENT.format(shots=shots), volley[0].limits, driver) as program:
            results = [_fire_one(program, number, attack) for number, attack in enumerate(volley)]
            log = program.log
        return [_judge(attack, trap, result, log) for attack, trap, result in zip(volley, laid, results, strict=True)]


Result = tuple[object, AgentFault | None]


def _fire_one(program: SandboxProgram, number: int, attack: Attack) -> Result:
    """What the agent answers to the last of its turns, or its fault."""
    lanes = np.array([number], np.int64)
    faults = program.begin(lanes, np.zeros(1, np.int8), np.array([number], np.uint64))
    if faults:
        return None, faults[0]
    for turn in range(attack.turns):
        time.sleep(SECONDS_BETWEEN_TURNS if turn else 0.0)
        reply = program.act(lanes, np.zeros((1, 1), np.int8), np.ones((1, 1), np.bool_), np.zeros(1, np.float32))
        if reply.faults:
            return None, reply.faults[0]
    program.end(lanes, np.zeros(1, np.float32), np.zeros((1, 0)))
    return reply.actions[0], None


def _judge(attack: Attack, trap: Trap, result: Result, log: str) -> Finding:
    answer, fault = result
    outside = trap.sprung()
    came = f"{weapons.Escaped.__name__}: "
    if outside is not None:
        held, detail = False, outside
    elif fault is not None and came in str(fault):
        held, detail = False, f"it got {str(fault).partition(came)[2]}"
    elif len(log) > MOST_LOG:
        held, detail = False, f"it left a log of {len(log)} characters"
    elif fault is not None:
        held = fault.kind in attack.ends
        detail = str(fault) if held else f"the attack was not carried out: {fault}"
    elif isinstance(answer, OddAnswer):
        held, detail = ODD_ANSWER in attack.ends, f"it answered {answer!r}"
    else:
        held = answer == 0 and (not attack.ends or ANSWER in attack.ends)
        detail = "held off" if held else f"it went on and answered {answer!r}"
    return Finding(attack.name, held, detail, attack.promise)


@contextmanager
def _trap(attack: Attack, driver: str) -> Iterator[Trap]:
    if not attack.against_opponent:
        with attack.trap() as trap:
            yield trap
        return
    secret, name = secrets.token_hex(8), f"sparring-{secrets.token_hex(8)}"
    with agent(OPPONENT.format(secret=secret, name=name), SMALL, driver) as opponent:
        if opponent.lanes is not None:
            raise SparringError("The opponent did not start.")
        yield Trap({"secret": secret, "name": name})


@contextmanager
def agent(source: str, limits: Limits, driver: str) -> Iterator[SandboxProgram]:
    """A program of this source, playing a game of one action, in a folder that everybody could write to."""
    with tempfile.TemporaryDirectory(prefix="sparring-probe-") as place:
        folder = Path(place, "files")
        folder.mkdir()
        path = folder / "agent.py"
        path.write_text(source)
        for open_to_all in (Path(place), folder, path):
            open_to_all.chmod(0o777)
        artefact = Artefact(path, "agent-file", "agent.py")
        program = SandboxProgram(artefact, GameInfo("probe", {}, 1, 1), limits, Prepared(folder=folder), driver)
        try:
            yield program
        finally:
            program.close()
