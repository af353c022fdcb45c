"""Every attack, with what is promised where it is held off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from sparring.sandbox.attacks import traps
from sparring.sandbox.attacks.traps import Trap, fixed
from sparring.sandbox.limits import Limits

PROMISES = {
    "network": "It reaches nobody: no other machine, no server on this one, no name server.",
    "files": "It reads nothing of this machine but programs and libraries, and writes to its own small /tmp only.",
    "neighbours": "It sees no process but its own: neither the arena nor its opponent, nor what they keep in memory.",
    "kernel": "It has no rights, gets none, and the kernel does nothing for it that no agent needs.",
    "limits": "It gets no more memory, processor, disk, processes and open files than it may have.",
    "time": "It thinks in its own turns only, and no longer than it may; nothing of it outlives its matches.",
    "protocol": "Whatever it sends, answers or prints, the arena keeps its senses.",
}
SMALL = Limits(memory_mib=256, processes=16, tmp_mib=16, file_mib=8, files=128, move_seconds=30.0, total_seconds=600.0)
"""Little of everything but time, so that a busy machine changes nothing."""
HASTY = replace(SMALL, move_seconds=0.3, bank_seconds=0.3)
"""For attackers that never answer."""
GVISOR = "docker:runsc"
SHORT_OF_PROCESSOR = replace(SMALL, cores=0.1)
SOON_TIRED = replace(SMALL, cpu_seconds=1, move_seconds=15.0, bank_seconds=0.0)
ENDED = frozenset({"crash", "time", "memory"})
"""Faults by which an attack may end that is bound to cost its match."""
ANSWER, ODD_ANSWER = "answer", "odd answer"
"""Where an attack may end by a fault, it may perhaps also answer, or answer something that is no action."""


@dataclass(frozen=True)
class Attack:
    """One attack: a weapon, ``module.function``, that is used inside, and the trap that is laid for it outside."""

    name: str
    promise: str
    weapon: str
    trap: Callable[[], AbstractContextManager[Trap]] = traps.nothing
    ends: frozenset[str] = frozenset()
    """What ends it where it is held off, kinds of fault mostly; none: it has to answer."""
    limits: Limits = SMALL
    turns: int = 1
    against_opponent: bool = False
    """Whether another agent, with secrets, plays at the same time."""

    not_for: tuple[str, ...] = ()
    """Drivers that let it happen, and that it can do no harm: gVisor doesn't count memory that was never touched."""

    needs_groups: bool = False
    """Whether only control groups stop it, which some users can't make for bubblewrap."""

    @property
    def alone(self) -> bool:
        """Whether it needs a sandbox that no other attack is made in."""
        return bool(self.ends) or self.limits != SMALL


LATE, CRASHED, OUT_OF_MEMORY = frozenset({"time"}), frozenset({"crash"}), frozenset({"memory"})

ATTACKS = (
    Attack("a connection to the host", "network", "network.connect", traps.server),
    Attack("a datagram to the host", "network", "network.send_datagram", traps.datagram_server),
    Attack("looking up a name", "network", "network.look_up_name", traps.datagram_server),
    Attack("sockets of every family", "network", "network.open_every_family"),
    Attack("a local socket of the host", "network", "network.connect_to_abstract_socket", traps.abstract_socket),
    Attack("the host's network devices", "network", "network.see_devices"),
    Attack("reading secrets", "files", "files.read", traps.secret_files),
    Attack("links to secrets", "files", "files.read_through_links", traps.secret_files),
    Attack("writing outside /tmp", "files", "files.write_everywhere"),
    Attack("the host's devices", "files", "files.open_devices"),
    Attack("making a device", "files", "files.make_device"),
    Attack("the kernel's files", "kernel", "files.change_kernel"),
    Attack("programs that run as root", "kernel", "files.run_setuid_program"),
    Attack("files that the arena has open", "files", "files.read_inherited_files", traps.open_file),
    Attack("the arena's terminal", "files", "files.open_terminal"),
    Attack("the host's processes", "neighbours", "processes.see", traps.neighbour),
    Attack("the arena's environment", "neighbours", "processes.read_environment", traps.environment),
    Attack("killing by number", "neighbours", "processes.kill_host_process", traps.victim),
    Attack("memory of others", "neighbours", "processes.read_memory_of_others"),
    Attack("memory that the host shares", "neighbours", "processes.find_shared_memory", traps.shared_memory),
    Attack("the opponent", "neighbours", "processes.find_opponent", against_opponent=True),
    Attack("the host's name", "neighbours", "processes.learn_host_name", traps.host_name),
    Attack("the host's control groups", "neighbours", "processes.learn_control_group"),
    Attack("debugging others", "kernel", "processes.trace"),
    Attack("capabilities", "kernel", "processes.find_capabilities"),
    Attack("becoming root", "kernel", "processes.become_root"),
    Attack("mounting", "kernel", "kernel.mount"),
    Attack("namespaces of its own", "kernel", "kernel.make_namespaces"),
    Attack("rare parts of the kernel", "kernel", "kernel.call_rare_parts"),
    Attack("memory that no limit counts", "limits", "kernel.hide_memory"),
    Attack("setting the clock", "kernel", "kernel.set_clock"),
    Attack("core files", "limits", "kernel.crash_with_core"),
    Attack("locked memory", "limits", "kernel.lock_memory"),
    Attack("many processes", "limits", "resources.fork_many", fixed(most=SMALL.processes), ends=ENDED | {ANSWER}),
    Attack(
        "many threads", "limits", "resources.start_many_threads", fixed(most=SMALL.processes), ends=ENDED | {ANSWER}
    ),
    Attack("leaking files", "limits", "resources.leak_files", fixed(most=SMALL.files)),
    Attack("filling the disk", "limits", "resources.fill_disk", fixed(most_mib=SMALL.tmp_mib)),
    Attack("a big file", "limits", "resources.write_big_file", fixed(most_mib=SMALL.file_mib)),
    Attack(
        "much memory at once", "limits", "resources.take_memory", fixed(mib=2 * SMALL.memory_mib), not_for=(GVISOR,)
    ),
    Attack("reserving addresses", "limits", "resources.reserve_addresses"),
    Attack(
        "memory by children",
        "limits",
        "resources.take_memory_by_children",
        fixed(each_mib=100, most_mib=SMALL.memory_mib),
        ends=ENDED | {ANSWER},
        needs_groups=True,
    ),
    Attack("hoarding memory", "limits", "resources.hoard_memory", ends=OUT_OF_MEMORY),
    Attack(
        "more of the processor than its share",
        "limits",
        "resources.take_processor",
        traps.measured_work(share=SHORT_OF_PROCESSOR.cores),
        limits=SHORT_OF_PROCESSOR,
        needs_groups=True,
    ),
    Attack("processor time without end", "limits", "resources.loop_deaf", ends=CRASHED, limits=SOON_TIRED),
    Attack("a fork bomb", "limits", "resources.bomb_with_forks", ends=ENDED, limits=HASTY),
    Attack("a fork bomb that hides", "limits", "resources.bomb_with_forks_that_die", ends=ENDED, limits=HASTY),
    Attack("thinking in the opponent's turn", "time", "resources.think_between_turns", turns=2),
    Attack("an endless loop", "time", "resources.loop", ends=LATE, limits=HASTY),
    Attack("an endless loop, deaf to signals", "time", "resources.loop_deaf", ends=LATE, limits=HASTY),
    Attack("never answering", "time", "resources.sleep_for_ever", ends=LATE, limits=HASTY),
    Attack("a child that stays", "time", "processes.leave_child", traps.child_left_behind),
    Attack("killing everybody", "protocol", "processes.end_everybody", traps.victim, ends=ENDED, limits=HASTY),
    Attack("a giant frame", "protocol", "frames.giant_frame", ends=CRASHED),
    Attack("a frame of gigabytes", "protocol", "frames.endless_frame", ends=CRASHED),
    Attack("a frame without an end", "protocol", "frames.frame_without_end", ends=LATE, limits=HASTY),
    Attack("an exit in the middle of a frame", "protocol", "frames.exit_in_mid_frame", ends=CRASHED),
    Attack("a frame of nonsense", "protocol", "frames.broken_frame", ends=CRASHED),
    Attack("a frame of brackets", "protocol", "frames.nested_frame", ends=CRASHED),
    Attack("a flood of frames", "protocol", "frames.flood_frames", ends=LATE, limits=HASTY),
    Attack("closing the pipe", "protocol", "frames.close_pipe", ends=ENDED, limits=HASTY),
    Attack("answering for another match", "protocol", "frames.answer_of_another_match", ends=CRASHED),
    Attack("answering twice", "protocol", "frames.answer_twice", ends=CRASHED, turns=2),
    Attack("flooding standard output", "protocol", "resources.flood_output", ends=LATE, limits=HASTY),
    Attack("flooding standard error", "protocol", "resources.flood_errors", ends=LATE, limits=HASTY),
    Attack("ending the stack", "protocol", "resources.exhaust_stack", ends=ENDED),
    Attack("changing the referee", "protocol", "frames.patch_referee", traps.referee),
    Attack(
        "an array that acts", "protocol", "frames.sly_array", traps.unmade_folder, ends=frozenset({"crash", ODD_ANSWER})
    ),
)
