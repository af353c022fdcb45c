"""Agents that want to see or touch what is not theirs."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest


def test_no_connection_leaves_the_sandbox(arena):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = arena.play_act(f"socket.create_connection(('127.0.0.1', {port}), timeout=0.2)", matches=2)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert outcome.kinds == {"crash"}


def test_no_datagram_leaves_the_sandbox(arena):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        arena.play_act(f"socket.socket(2, 2).sendto(b'secret', ('127.0.0.1', {port}))\nreturn legal_actions[0]", 2)
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.recv(10)


def test_no_name_is_looked_up(arena):
    assert "gaierror" in arena.play_act("socket.getaddrinfo('example.com', 80)", matches=2).message


@pytest.mark.parametrize("family", ["AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"])
def test_sockets_of_other_kinds_can_not_be_made(arena, family):
    outcome = arena.play_act(f"socket.socket(socket.{family}, socket.SOCK_RAW)", matches=2)
    assert "Operation not permitted" in outcome.message


def test_an_abstract_socket_of_the_host_is_not_there(arena):
    with socket.socket(socket.AF_UNIX) as server:
        name = f"\0sparring-{os.getpid()}"
        server.bind(name)
        server.listen()
        outcome = arena.play_act(f"socket.socket(socket.AF_UNIX).connect({name!r})", matches=2)
    assert "ConnectionRefusedError" in outcome.message


@pytest.mark.parametrize("place", ["tmp", "home", "checkout", "data"])
def test_files_of_the_host_are_not_there(arena, tmp_path, monkeypatch, place):
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    checkout = Path(__file__).resolve().parents[2]
    folder = {"tmp": Path("/tmp"), "home": Path.home(), "checkout": checkout, "data": tmp_path / "data"}[place]
    secret = folder / f".sparring-secret-{os.getpid()}"
    secret.write_text("secret")
    secret.chmod(0o644)
    try:
        outcome = arena.play_act(f"raise RuntimeError(open({str(secret)!r}).read())", matches=2)
    finally:
        secret.unlink()
    assert "FileNotFoundError" in outcome.message


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/shadow", "/etc/hostname", "/var", "/sys", "/run", "/home", "/boot"]
)
def test_the_rest_of_the_system_is_not_there(arena, path):
    outcome = arena.play_act(f"raise RuntimeError(str(os.path.lexists({path!r})))", matches=2)
    assert "RuntimeError: False" in outcome.message


def test_the_environment_of_the_arena_is_not_there(arena, monkeypatch):
    monkeypatch.setenv("SPARRING_SECRET", "a-secret")
    outcome = arena.play_act("raise RuntimeError(sorted(os.environ))", matches=2)
    assert "SPARRING_SECRET" not in outcome.message
    assert "HOME" in outcome.message


def test_processes_of_the_host_are_not_there(arena):
    outcome = arena.play_act("raise RuntimeError(len([n for n in os.listdir('/proc') if n.isdecimal()]))", matches=2)
    assert int(outcome.message.split("RuntimeError: ")[1]) <= 3


def test_open_files_of_the_arena_are_not_inherited(arena, tmp_path):
    (tmp_path / "open").write_text("a-secret")
    file = os.open(tmp_path / "open", os.O_RDONLY)
    os.set_inheritable(file, True)
    outcome = arena.play_act(
        """
        seen = []
        for number in range(3, 256):
            try: seen.append(os.fstat(number).st_mode >> 12)
            except OSError: pass
        raise RuntimeError(seen)
        """,
        matches=2,
    )
    os.close(file)
    assert "RuntimeError: [1, 1]" in outcome.message  # the two pipes of the runner


@pytest.mark.parametrize(
    "place", ["/", "/usr", "/usr/local/lib", "/agent", "/house/sparring", "/house", "/dev", "/proc", "/etc", sys.prefix]
)
def test_nothing_outside_tmp_can_be_written_to(arena, place):
    outcome = arena.play_act(f"open({place!r} + '/sparring-was-here', 'w')", matches=2)
    assert any(reason in outcome.message for reason in ("Read-only", "Permission denied", "No such file"))
    assert not Path(place, "sparring-was-here").exists()


def test_what_is_written_to_tmp_is_gone_with_the_duel(arena):
    name = f"/tmp/sparring-was-here-{os.getpid()}"
    assert arena.play_act(f"open({name!r}, 'w').write('x')\nreturn legal_actions[0]", matches=2).faults == []
    assert not Path(name).exists()
    assert "FileNotFoundError" in arena.play_act(f"open({name!r})", matches=2).message


SYSTEM_CALLS = {
    "mount": "libc.mount(b'none', b'/tmp', b'tmpfs', 0, 0)",
    "umount": "libc.umount2(b'/tmp', 0)",
    "a new user namespace": "libc.unshare(0x10000000)",
    "a clone with a new user namespace": "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "setns": "libc.setns(os.open('/proc/self/ns/net', 0) if os.access('/proc/self/ns/net', 4) else 0, 0)",
    "ptrace": "libc.ptrace(16, os.getppid(), 0, 0)",
    "keyctl": "libc.syscall(250, 0, -3, 0)",
    "bpf": "libc.syscall(321, 0, 0, 0)",
    "perf_event_open": "libc.syscall(298, 0, 0, -1, -1, 0)",
    "userfaultfd": "libc.syscall(323, 0)",
    "io_uring": "libc.syscall(425, 8, 0)",
    "pivot_root": "libc.syscall(155, b'/', b'/')",
    "chroot": "libc.chroot(b'/tmp')",
    "reboot": "libc.reboot(0)",
    "becoming root": "libc.setresuid(0, 0, 0)",
}


@pytest.mark.parametrize("name", SYSTEM_CALLS)
def test_system_calls_that_escapes_are_made_of_are_refused(arena, name):
    if os.uname().machine != "x86_64" and "syscall" in SYSTEM_CALLS[name]:
        pytest.xfail("the numbers of these calls are those of x86_64")
    outcome = arena.play_act(
        f"libc = ctypes.CDLL(None, use_errno=True)\nresult = {SYSTEM_CALLS[name]}\n"
        "raise RuntimeError(f'{result} {os.strerror(ctypes.get_errno())}')",
        matches=2,
    )
    assert "-1 Operation not permitted" in outcome.message or "-1 Invalid argument" in outcome.message


def test_the_agent_is_nobody_and_can_become_nobody_else(arena):
    outcome = arena.play_act(
        """
        status = dict(line.split(":\\t") for line in open("/proc/self/status") if ":\\t" in line)
        powers = [int(status[name], 16) for name in ("CapEff", "CapPrm", "CapAmb")]
        raise RuntimeError(f"{os.getuid() != 0} {powers} {status['NoNewPrivs'].strip()} {status['Seccomp'].strip()}")
        """,
        matches=2,
    )
    assert "RuntimeError: True [0, 0, 0] 1 2" in outcome.message


def test_killing_everybody_kills_only_the_sandbox(arena):
    outcome = arena.play_act(
        "os.kill(-1, signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)", 2, arena.hasty
    )
    assert len(outcome.faults) == 2


def test_a_child_does_not_outlive_the_duel(arena):
    assert (
        arena.play_act(
            """
            if not os.path.exists("/tmp/child") and not os.close(os.open("/tmp/child", os.O_CREAT)) and os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.closerange(0, 256)
                    for number in range(1, 32):
                        try: signal.signal(number, signal.SIG_IGN)
                        except (OSError, ValueError): pass
                    time.sleep(3600)
                os._exit(0)
            return legal_actions[0]
            """,
            matches=2,
        ).faults
        == []
    )  # the fixture looks for it


def test_two_sandboxes_share_nothing(arena):
    name = "/dev/shm/between-us"
    assert arena.play_act(f"open({name!r}, 'w').write('x')\nreturn legal_actions[0]", matches=2).faults == []
    assert "FileNotFoundError" in arena.play_act(f"open({name!r})", matches=2).message
