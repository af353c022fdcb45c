"""The system call filter, run on an interpreter of classic BPF. That the kernel takes it is for tests/escape."""

from __future__ import annotations

import errno
import struct

import pytest

from sparring.sandbox.isolation.seccomp import ALLOW, ARCHITECTURES, ERRNO, KILL_PROCESS, filter_program

EPERM, ENOSYS = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
CLONE_NEWUSER, SIGCHLD = 0x10000000, 17


def run(program: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the filter answers to a system call."""
    data = struct.pack("<iIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    instructions = [struct.unpack_from("<HBBI", program, start) for start in range(0, len(program), 8)]
    position, value = 0, 0
    while True:
        code, jump_true, jump_false, k = instructions[position]
        position += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            value &= k
        elif code == 0x06:
            return k
        else:
            met = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            position += jump_true if met else jump_false


@pytest.fixture(params=sorted(ARCHITECTURES))
def machine(request):
    return request.param


def test_ordinary_calls_pass(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    ordinary = [number for number in range(424) if number not in {*it.denied, it.clone, it.clone3, it.socket, it.mmap}]
    assert {run(program, it.audit, number) for number in ordinary} == {ALLOW}


def test_denied_calls_are_refused(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    assert {run(program, it.audit, number) for number in it.denied} == {EPERM}


def test_processes_may_be_made_but_no_namespaces(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    assert run(program, it.audit, it.clone, SIGCHLD) == ALLOW
    assert run(program, it.audit, it.clone, CLONE_NEWUSER | SIGCHLD) == EPERM
    assert run(program, it.audit, it.clone3, 0) == ENOSYS


def test_only_local_and_internet_sockets_can_be_made(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    answers = {family: run(program, it.audit, it.socket, family) for family in range(46)}
    assert {family for family, answer in answers.items() if answer == ALLOW} == {1, 2, 10}
    assert set(answers.values()) == {ALLOW, EPERM}


def test_memory_can_be_private_or_of_a_file_but_not_shared_and_of_nobody(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    shared, private, anonymous = 0x01, 0x02, 0x20
    for flags, answer in {private | anonymous: ALLOW, shared: ALLOW, shared | anonymous: EPERM}.items():
        assert run(program, it.audit, it.mmap, 0, 4096, 3, flags) == answer


def test_calls_of_another_architecture_kill(machine):
    program, it = filter_program(machine), ARCHITECTURES[machine]
    assert run(program, 0x40000003, 0) == KILL_PROCESS
    assert run(program, it.audit, 0x40000000 + 1) == KILL_PROCESS


def test_an_unknown_machine_has_no_filter():
    assert filter_program("riscv64") is None
