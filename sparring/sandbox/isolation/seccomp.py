"""A system call filter: as a classic BPF program for ``bwrap --seccomp``, and as a profile for Docker.

It takes away what no agent needs and what past escapes from containers were made of: mounting, tracing, other
namespaces, kernel modules, keys, BPF, io_uring, and sockets of families that network namespaces don't hold back. And
memory that no rlimit counts: shared anonymous mappings, memfds, System V segments, and message queues.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass
from typing import Any

LOAD, AND, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT, FOURTH_ARGUMENT_AT = 0, 4, 16, 40
X32_BIT = 0x40000000

NAMESPACE_FLAGS = (0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
"""CLONE_NEW{NS, CGROUP, UTS, IPC, USER, PID, NET}."""
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SHARED_ANONYMOUS = 0x01 | 0x20
"""MAP_SHARED and MAP_ANONYMOUS."""


DENIED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "vhangup": (153, 58),
    "memfd_create": (319, 279),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "personality": (135, 92),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443),
    "memfd_secret": (447, 447),
    "open_tree_attr": (467, 467),
}
"""Refused system calls: name -> number on x86_64 and on aarch64."""


@dataclass(frozen=True)
class Architecture:
    """Numbers of the system calls that are filtered."""

    audit: int
    clone: int
    clone3: int
    socket: int
    mmap: int
    column: int
    """Which of the numbers in ``DENIED`` are this architecture's."""

    @property
    def denied(self) -> tuple[int, ...]:
        return tuple(number for numbers in DENIED.values() if (number := numbers[self.column]) is not None)


ARCHITECTURES = {
    "x86_64": Architecture(audit=0xC000003E, clone=56, clone3=435, socket=41, mmap=9, column=0),
    "aarch64": Architecture(audit=0xC00000B7, clone=220, clone3=435, socket=198, mmap=222, column=1),
}

DOCKER_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}


def filter_program(machine: str | None = None) -> bytes | None:
    """The filter for this machine's architecture; None where we know no numbers (it is left out there)."""
    architecture = ARCHITECTURES.get(machine or platform.machine())
    return _assemble(architecture) if architecture is not None else None


def _assemble(it: Architecture) -> bytes:
    deny, missing = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
    program = [
        (LOAD, 0, 0, ARCHITECTURE_AT),
        (JUMP_IF_EQUAL, 1, 0, it.audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_AT),
        (JUMP_IF_AT_LEAST, 0, 1, X32_BIT),
        (RETURN, 0, 0, KILL_PROCESS),
        (JUMP_IF_EQUAL, 0, 1, it.clone3),  # its flags lie behind a pointer; told that it's missing, libc takes clone
        (RETURN, 0, 0, missing),
        (JUMP_IF_EQUAL, 0, 4, it.clone),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_IF_ANY_BIT, 0, 1, sum(NAMESPACE_FLAGS)),
        (RETURN, 0, 0, deny),
        (RETURN, 0, 0, ALLOW),
        (JUMP_IF_EQUAL, 0, 6, it.socket),
        (LOAD, 0, 0, FIRST_ARGUMENT_AT),
        (JUMP_IF_EQUAL, 3, 0, AF_UNIX),
        (JUMP_IF_EQUAL, 2, 0, AF_INET),
        (JUMP_IF_EQUAL, 1, 0, AF_INET6),
        (RETURN, 0, 0, deny),
        (RETURN, 0, 0, ALLOW),
    ]
    program += [
        (JUMP_IF_EQUAL, 0, 5, it.mmap),
        (LOAD, 0, 0, FOURTH_ARGUMENT_AT),
        (AND, 0, 0, SHARED_ANONYMOUS),
        (JUMP_IF_EQUAL, 0, 1, SHARED_ANONYMOUS),
        (RETURN, 0, 0, deny),
        (RETURN, 0, 0, ALLOW),
    ]
    for number in it.denied:
        program += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, deny)]
    program.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def docker_profile(own_kernel: bool = False) -> dict[str, Any]:
    """The same filter as Docker wants it, for ``--security-opt seccomp=FILE``.

    ``own_kernel``: for a runtime that is a kernel itself. gVisor can not say that clone3 is missing.
    """
    refused = {"action": "SCMP_ACT_ERRNO", "errnoRet": errno.EPERM}
    # libc's filters can't say "none of these three" of one argument, so families are refused one by one and from 11 on.
    families = [_when(0, family) for family in range(AF_INET6) if family not in (AF_UNIX, AF_INET)]
    families.append({"index": 0, "value": AF_INET6 + 1, "op": "SCMP_CMP_GE"})
    refused_arguments = [("socket", families), ("mmap", [_when(3, SHARED_ANONYMOUS, SHARED_ANONYMOUS)])]
    refused_arguments.append(("clone", [_when(0, flag, flag) for flag in NAMESPACE_FLAGS]))
    rules = [{"names": [name], "args": [one], **refused} for name, several in refused_arguments for one in several]
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": [DOCKER_ARCHITECTURES[name] for name in (platform.machine(),) if name in DOCKER_ARCHITECTURES],
        "syscalls": [
            {"names": list(DENIED), **refused},
            *([] if own_kernel else [{"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": errno.ENOSYS}]),
            *rules,
        ],
    }


def _when(argument: int, value: int, mask: int | None = None) -> dict[str, Any]:
    """When an argument is ``value``, or its bits of ``mask`` are."""
    if mask is None:
        return {"index": argument, "value": value, "op": "SCMP_CMP_EQ"}
    return {"index": argument, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}
