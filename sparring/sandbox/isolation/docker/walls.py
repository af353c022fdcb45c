"""The walls of a container, in the words of the engine's interface: what it is made with."""

from __future__ import annotations

import json
import os
from typing import Any

from sparring.sandbox.isolation import controls
from sparring.sandbox.isolation.controls import on
from sparring.sandbox.isolation.docker.inside import Inside
from sparring.sandbox.isolation.host_view import Shown
from sparring.sandbox.isolation.seccomp import docker_profile
from sparring.sandbox.limits import Limits

MIB = 1024 * 1024
SPARE_PROCESSES, SPARE_THREADS = 8, 250
"""The guard's and the runtime's own, on top of what the agent may have; a runtime that is a kernel has many threads."""
SPARE_MIB = 192
"""For such a kernel itself."""
UNBOUNDED_MIB = 8192
WALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    controls.NETWORK: ({"NetworkMode": "none"}, {"NetworkMode": "host"}),
    controls.PROCESSES: ({}, {"PidMode": "host"}),
    controls.IPC: ({"IpcMode": "private"}, {"IpcMode": "host"}),
    controls.HOST_NAME: ({}, {"UTSMode": "host"}),
    controls.GROUPS_VIEW: ({"CgroupnsMode": "private"}, {"CgroupnsMode": "host"}),
    controls.CAPABILITIES: ({"CapDrop": ["ALL"]}, {}),
    controls.READ_ONLY: ({"ReadonlyRootfs": True}, {}),
    controls.FILES: ({}, {"Binds": ["/:/host:ro"]}),
}
"""Control -> what the engine is told with it and without it."""


def container(inside: Inside, limits: Limits, runtime: str | None, labels: dict[str, str]) -> dict[str, Any]:
    """What the engine is asked to make."""
    host_name = {"Hostname": "sandbox"} if on(controls.HOST_NAME) else {}
    return {
        "Image": inside.image,
        "Cmd": inside.command,
        "Env": _environment(inside),
        "WorkingDir": inside.workdir,
        "User": inside.user,
        "Labels": labels,
        # With none at all the engine leaves out half a dozen files and a hook, which takes longer than all the rest.
        "NetworkDisabled": on(controls.NETWORK) and not inside.lends_network,
        **host_name,
        "HostConfig": {
            "AutoRemove": True,
            # Its log would grow on the host's disk; what an author's code prints comes to us by a pipe.
            "LogConfig": {"Type": "none"},
            "Dns": ["127.0.0.1"],
            "SecurityOpt": _security(runtime),
            "Mounts": [_mount(each) for each in inside.shown],
            **({} if runtime is None else {"Runtime": runtime}),
            **_limits(limits, runtime),
            **{key: value for name, sides in WALLS.items() for key, value in sides[not on(name)].items()},
            **({"CapAdd": list(inside.capabilities)} if inside.capabilities else {}),
        },
    }


def _environment(inside: Inside) -> list[str]:
    whose = dict(inside.environment) if on(controls.ENVIRONMENT) else {**os.environ, **inside.environment}
    return [f"{name}={value}" for name, value in whose.items()]


def _security(runtime: str | None) -> list[str]:
    privileges = ["no-new-privileges"] if on(controls.NO_NEW_PRIVILEGES) else []
    if not on(controls.SYSTEM_CALLS):
        return [*privileges, "seccomp=unconfined"]
    return [*privileges, f"seccomp={json.dumps(docker_profile(own_kernel=runtime is not None))}"]


def _mount(shown: Shown) -> dict[str, Any]:
    read_only = on(controls.READ_ONLY) and not shown.writable
    return {"Type": "bind", "Source": str(shown.folder), "Target": str(shown.place), "ReadOnly": read_only}


def _limits(limits: Limits, runtime: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if on(controls.GROUP_MEMORY):
        memory = (limits.memory_mib + (SPARE_MIB if runtime else 0)) * MIB
        told |= {"Memory": memory, "MemorySwap": memory}
    if on(controls.GROUP_PROCESSES):
        told["PidsLimit"] = limits.processes + (SPARE_THREADS if runtime else SPARE_PROCESSES)
    if on(controls.GROUP_PROCESSOR):
        told["NanoCpus"] = round(limits.cores * 1e9)
    bounded = on(controls.TMP_SIZE)
    told |= {"ShmSize": (limits.tmp_mib if bounded else UNBOUNDED_MIB) * MIB} if on(controls.IPC) else {}
    size = f",size={limits.tmp_mib}m" if bounded else ""
    return {**told, "Tmpfs": {"/tmp": f"rw,exec,nosuid,nodev,mode=1777{size}"}}
