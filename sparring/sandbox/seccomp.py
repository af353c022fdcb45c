"""A system call filter, as a classic BPF program for ``bwrap --seccomp``.

It takes away what no agent needs and what past escapes from containers were made of: mounting, tracing, other
namespaces, kernel modules, keys, BPF, io_uring, and sockets of families that network namespaces don't hold back. And
memory that no rlimit counts: shared anonymous mappings, memfds and System V segments.
"""

from __future__ import annotations

import errno
import platform
import struct
from dataclasses import dataclass

LOAD, AND, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT, FOURTH_ARGUMENT_AT = 0, 4, 16, 40
X32_BIT = 0x40000000

NEW_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
"""CLONE_NEW{NS, CGROUP, UTS, IPC, USER, PID, NET}."""
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SHARED_ANONYMOUS = 0x01 | 0x20
"""MAP_SHARED and MAP_ANONYMOUS."""


@dataclass(frozen=True)
class Architecture:
    """Numbers of the system calls that are filtered."""

    audit: int
    clone: int
    clone3: int
    socket: int
    mmap: int
    denied: tuple[int, ...]


# Calls added since Linux 5.1 have the same number everywhere: io_uring_*, the new mount calls, pidfd_getfd,
# mount_setattr, quotactl_fd, memfd_secret, and their kin.
NEWER = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442, 443, 447, 467)

ARCHITECTURES = {
    "x86_64": Architecture(
        audit=0xC000003E,
        clone=56,
        clone3=435,
        socket=41,
        mmap=9,
        denied=(
            *(101, 310, 311, 312),  # ptrace, process_vm_readv, process_vm_writev, kcmp
            *(
                165,
                166,
                155,
                161,
                167,
                168,
                179,
                163,
            ),  # mount, umount2, pivot_root, chroot, swap on and off, quota, acct
            *(272, 308),  # unshare, setns
            *(248, 249, 250),  # add_key, request_key, keyctl
            *(321, 298, 323),  # bpf, perf_event_open, userfaultfd
            *(246, 320, 175, 313, 176, 169),  # kexec_load, kexec_file_load, modules in and out, reboot
            *(303, 304, 300),  # name_to_handle_at, open_by_handle_at, fanotify_init
            *(103, 164, 227, 159, 305, 170, 171, 153),  # syslog, clocks, host and domain name, vhangup
            *(319, 29),  # memfd_create, shmget
            *(172, 173, 154, 134, 135, 139, 156),  # iopl, ioperm, modify_ldt, uselib, personality, sysfs, _sysctl
            *NEWER,
        ),
    ),
    "aarch64": Architecture(
        audit=0xC00000B7,
        clone=220,
        clone3=435,
        socket=198,
        mmap=222,
        denied=(
            *(117, 270, 271, 272),
            *(40, 39, 41, 51, 224, 225, 60, 89),
            *(97, 268),
            *(217, 218, 219),
            *(280, 241, 282),
            *(104, 294, 105, 273, 106, 142),
            *(264, 265, 262),
            *(116, 170, 112, 171, 266, 161, 162, 58),
            *(279, 194),
            *(92,),
            *NEWER,
        ),
    ),
}


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
        (JUMP_IF_ANY_BIT, 0, 1, NEW_NAMESPACES),
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
