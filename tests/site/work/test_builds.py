"""Builds of submissions in the real sandbox: packages from an index on this machine, compilers, limits, and faults."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from sparring.sandbox import building
from sparring.site.builds import layers
from sparring.site.submissions.models import Build, Check, Version
from sparring.site.work import builds
from sparring.site.work.builds import run_leased_build
from sparring.site.work.checks import run_leased_check
from tests.site.work.package_server import PackageServer

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "programs"
PLAYS = "class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"
CLASSIC = (
    "import tiny_rules\n"
    "class Player:\n    def __init__(self, train_mode): pass\n"
    "    def start(self, state, valid_actions): return tiny_rules.first(valid_actions)\n"
    "    def step(self, state, valid_actions, prev_reward): return int(valid_actions[0])\n"
    "    def end(self, state, prev_reward): pass\n"
)
FIRST = "def first(actions): return int(actions[0])\n"


@pytest.fixture(scope="module")
def index():
    server = PackageServer()
    server.add("tiny_rules", "1.2", FIRST, metadata="Requires-Dist: tiny-base\n")
    server.add("tiny_base", "0.1")
    server.add("tiny_old", "1.0", python="<3")
    server.add("tiny_old", "3.0")
    for name, size in {"tiny_large": 1_400_000, "tiny_huge": 2_500_000}.items():  # zips of tests are not compressed
        server.add(name, "1.0", "#" * size)
    server.add("tiny_slow", "1.0")
    server.slow.add("tiny-slow")
    server.add_file("tiny_source", "tiny_source-1.0.tar.gz", b"no wheel")
    yield server
    server.close()


@pytest.fixture
def build(alice, index, settings):
    """Submit files, packed into a zip, and build them; the version afterwards."""
    settings.PACKAGE_INDEX = index.url

    def build_one(files, name="Mine", game="tic_tac_toe", user=alice, then_check=False):
        version = Version.objects.submit(user, game, name, "agent.zip", zipped(files))
        run_leased_build(Build.objects.lease("w"), threading.Event())
        if then_check:
            run_leased_check(Check.objects.lease("w"), threading.Event())
        version.refresh_from_db()
        return version

    return build_one


def zipped(files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def program(compile_command: str, **files: str) -> dict[str, str]:
    return {"sparring.toml": f'command = ["./agent"]\ncompile = {compile_command}\n', **files}


def log_of(version) -> str:
    return Build.objects.get(version=version).log


def test_an_agent_plays_with_the_packages_that_it_asks_for_and_equals_share_them(build, index):
    files = {"agent.py": "import tiny_rules, tiny_base\n" + PLAYS, "requirements.txt": "tiny-rules==1.2  # mine\n"}
    first = build(files, then_check=True)
    assert first.state == "on ladder", first.sentence + log_of(first)
    assert "Successfully installed tiny" in log_of(first)
    asked = len(index.asked)
    second = build({**files, "notes.txt": "another agent"}, name="Other")
    assert (second.state, second.layer) == ("built", first.layer)
    assert "another submission asked for the same" in log_of(second)
    assert len(index.asked) == asked


def test_what_the_arena_has_is_not_installed_again(build, index):
    asked = len(index.asked)
    version = build({"agent.py": PLAYS, "requirements.txt": "numpy>=1.20\nmsgpack\n"})
    assert (version.state, version.layer) == ("built", "")
    assert "here already" in log_of(version)
    assert len(index.asked) == asked


@pytest.mark.parametrize(
    ("requirements", "sentence"),
    [
        (
            "no-such-package-of-mine",
            "There is no package 'no-such-package-of-mine' with a wheel on this arena's index.",
        ),
        ("tiny-old==1.0", "There is no wheel of tiny-old==1.0 for Python 3."),
        ("tiny-source", "There is no package 'tiny-source' with a wheel"),
    ],
)
def test_a_package_that_is_not_to_be_had_fails_the_build_with_a_sentence(build, requirements, sentence):
    version = build({"agent.py": PLAYS, "requirements.txt": f"{requirements}\n"})
    assert (version.state, version.failed_step) == ("failed", "built")
    assert sentence in version.sentence
    assert not Check.objects.exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"agent.py": PLAYS, "requirements.txt": "numpy\n-e .\n"},
            "Line 2 of requirements.txt, '-e .', names no package",
        ),
        ({"agent.py": PLAYS, "requirements.txt": "a @ file:///etc/passwd\n"}, "names an address"),
        ({"agent.py": PLAYS, "requirements.txt": "git+https://host.example/it.git\n"}, "names no package"),
        ({"player.py": CLASSIC, "environment.yml": "a: [\n"}, "environment.yml is no YAML"),
        ({"player.py": CLASSIC, "environment.yml": "dependencies: numpy\n"}, "needs dependencies as a list"),
        ({"sparring.toml": "command = 3\n"}, "needs command as a list of words"),
        ({"sparring.toml": "command = [\n"}, "sparring.toml is no TOML"),
    ],
    ids=["option", "address", "git", "no yaml", "no list", "no words", "no toml"],
)
def test_a_file_that_cannot_be_read_fails_the_build_with_a_sentence(build, files, sentence):
    version = build(files)
    assert (version.state, version.failed_step) == ("failed", "built")
    assert sentence in version.sentence


@pytest.mark.parametrize("unknown", ["", pytest.param("  - tiny_unknown\n", marks=pytest.mark.nightly)])
def test_a_classic_player_gets_its_packages_and_pins_of_other_times_are_relaxed(build, unknown, as_alice, bob):
    environment = (
        "name: mine\nchannels: [conda-forge]\ndependencies:\n  - python=3.7\n  - numpy=1.16.4=py37_0\n"
        f"  - cudatoolkit=10.1\n{unknown}  - pip:\n    - tiny-rules==1.2\n"
    )
    version = build({"player.py": CLASSIC, "environment.yml": environment}, then_check=True)
    assert version.state == "on ladder", version.sentence + log_of(version)
    log = log_of(version)
    assert "it was written for Python 3.7" in log
    assert "numpy==1.16.4 is not to be had for this Python; any version of numpy will do." in log
    assert ("tiny_unknown is no Python package of this index; it is left out." in log) == bool(unknown)
    note = "any version of numpy will do"
    assert note in as_alice.get(version.get_absolute_url()).content.decode(), "its owner reads that later, too"
    as_alice.force_login(bob)
    assert note not in as_alice.get(version.get_absolute_url()).content.decode()


def test_a_program_in_c_is_compiled_by_its_build_and_plays(build):
    files = {path.name: path.read_text() for path in (EXAMPLES / "c").iterdir()}
    version = build(files, game="connect_four", then_check=True)
    assert version.state == "on ladder", version.sentence + log_of(version)
    assert "$ make" in log_of(version)
    assert version.compiled


def test_a_program_that_writes_garbage_fails_its_self_test_with_a_sentence(build):
    source = "print('hello, here is your agent', flush=True)\nimport time; time.sleep(60)\n"
    version = build({"sparring.toml": 'command = ["python", "agent.py"]\n', "agent.py": source}, then_check=True)
    assert (version.state, version.failed_step) == ("failed", "self-tested")
    assert "It broke the protocol" in version.sentence


def test_a_compiler_sees_no_network(build):
    attempt = "import socket; socket.create_connection(('127.0.0.1', 3128), 2)"
    version = build(program(f'["python3", "-c", "{attempt}"]'))
    assert "ended with exit status" in version.sentence
    assert "refused" in log_of(version).lower()


def test_a_compiler_that_fails_leaves_its_words_in_the_log_and_a_sentence(build):
    version = build(program('["make"]', Makefile="agent:\n\tcc -c nothing.c\n"))
    assert version.sentence == "'make' ended with exit status 2."
    assert "nothing.c" in log_of(version)


SLEEP, GROW, HOARD = "sleep 60", "yes > a; sleep 9", "python3 -c 'bytearray(b\"x\") * 300_000_000'"
MANY = "for i in 1 2 3 4; do head -c 3000000 /dev/zero > $i; done; sleep 9"


@pytest.mark.parametrize(
    ("setting", "command", "sentence"),
    [
        ({"BUILD_SECONDS": 1.0}, SLEEP, "It took longer than the 1 s that a build may take"),
        ({"BUILD_MIB": 4}, GROW, "It grew beyond the 4 MiB that a build may make"),
        ({"BUILD_MIB": 4}, MANY, "It grew beyond the 4 MiB that a build may make"),
        ({"BUILD_MEMORY_MIB": 128}, HOARD, "It used more than the 128 MiB of memory that a build may use"),
    ],
    ids=["time", "one file", "size", "memory"],
)
def test_compiling_over_a_limit_fails_at_its_step_by_name(build, settings, setting, command, sentence):
    for name, value in setting.items():
        setattr(settings, name, value)
    version = build(program(json.dumps(["sh", "-c", command])))
    assert (version.state, version.failed_step) == ("failed", "built")
    assert version.sentence == f"{sentence}, while 'sh -c {command}' compiled it."
    assert not list(layers.folder().parent.glob("*/tmp-*")), "nothing unfinished is left"


def test_a_command_that_is_not_there_is_named(build):
    assert build(program('["no-such-compiler"]')).sentence == (
        "There is no program 'no-such-compiler' in the sandbox in which builds run."
    )


@pytest.mark.parametrize(
    ("setting", "package", "sentence"),
    [
        ({"BUILD_SECONDS": 2.0}, "tiny-slow", "It took longer than the 2 s that a build may take"),
        ({"BUILD_MEMORY_MIB": 16}, "tiny-base", "It used more than the 16 MiB of memory that a build may use"),
        ({"BUILD_MIB": 2}, "tiny-large", "It grew beyond the 2 MiB that a build may make"),
        ({"BUILD_MIB": 2}, "tiny-huge", "It grew beyond the 2 MiB that a build may make"),
    ],
    ids=["time", "memory", "room", "what comes in"],
)
def test_packages_over_a_limit_fail_at_their_step_by_name(build, settings, setting, package, sentence):
    for name, value in setting.items():
        setattr(settings, name, value)
    version = build({"agent.py": PLAYS, "requirements.txt": f"{package}\n"})
    assert (version.state, version.failed_step) == ("failed", "built")
    assert version.sentence == f"{sentence}, while its packages were looked up.", log_of(version)
    assert not list(layers.folder().parent.glob("*/tmp-*")), "nothing unfinished is left"


def test_a_build_that_makes_a_link_out_of_its_folder_is_refused(build):
    version = build(program('["ln", "-s", "/etc/passwd", "agent"]'))
    assert "leads out of its folder" in version.sentence


def test_an_arena_without_an_index_says_so(build, settings):
    settings.PACKAGE_INDEX = "none"
    version = build({"agent.py": PLAYS, "requirements.txt": "tiny-base\n"})
    assert version.sentence == "It asks for tiny-base, and this arena installs no packages. Use those that it has."


def test_a_folder_of_wheels_does_as_an_index(build, settings, tmp_path, index):
    for name in ("tiny_rules", "tiny_base"):
        for file, (content, _) in index.files[name].items():
            (tmp_path / file).write_bytes(content)
    tmp_path.chmod(0o755)
    settings.PACKAGE_INDEX = str(tmp_path)
    version = build({"agent.py": "import tiny_rules\n" + PLAYS, "requirements.txt": "tiny-rules\n"})
    assert version.state == "built", version.sentence + log_of(version)
    assert (layers.packages_of(version.layer) / "tiny_base.py").is_file()


def test_a_network_for_another_game_fails_its_build_with_its_shapes(alice, tmp_path):
    from tests.sandbox.test_programs import network

    content = network(tmp_path / "net.onnx", [18, 7]).read_bytes()
    version = Version.objects.submit(alice, "tic_tac_toe", "Net", "mine.onnx", content)
    run_leased_build(Build.objects.lease("w"), threading.Event())
    version.refresh_from_db()
    assert (version.failed_step, version.sentence) == ("built", "mine.onnx answers (7,); tic_tac_toe has 9 actions.")


def test_a_build_that_fails_on_a_full_disk_waits_and_is_done_later(build, monkeypatch):
    monkeypatch.setattr(building, "LEAST_FREE_BYTES", 2**62)
    monkeypatch.setattr(builds, "DISK_FULL_PAUSE", timedelta(0))
    attempt = program('["sh", "-c", "echo No space left on device; exit 1"]')
    version = build(attempt)
    assert (version.state, version.build_item.state) == ("uploaded", "waiting")
    assert "The disk is full" in version.sentence
    monkeypatch.setattr(building, "LEAST_FREE_BYTES", 0)
    run_leased_build(Build.objects.lease("w"), threading.Event())
    version.refresh_from_db()
    assert (version.state, version.failed_step) == ("failed", "built")


def test_a_layer_that_nobody_needs_is_swept_after_a_month_and_not_before(build, django_user_model):
    files = {"agent.py": PLAYS, "requirements.txt": "tiny-base==0.1\n"}
    version = build(files)
    later = (layers.folder() / version.layer).stat().st_mtime + 40 * 86_400
    assert layers.sweep(builds.needed_layers(), now=later) == []
    Version.objects.filter(pk=version.pk).update(state=Version.State.FAILED)
    assert layers.sweep(builds.needed_layers()) == []
    assert layers.sweep(builds.needed_layers(), now=later) == [version.layer]
    assert not (layers.folder() / version.layer).exists()


def test_the_owner_alone_sees_the_log_grow_while_it_builds(alice, bob, client, settings, monkeypatch):
    monkeypatch.setattr(builds, "SECONDS_BETWEEN_WRITES", 0.0)
    source = zipped(program('["sh", "-c", "echo compiling the second file; sleep 1"]'))
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "agent.zip", source)
    seen = {}

    def look(page, attempt, log):
        write(page, attempt, log)
        for user in (alice, bob):
            client.force_login(user)
            text = client.get(version.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
            seen.setdefault(user.username, []).append("compiling the second file" in text and "every 2s" in text)

    write = Build.write
    monkeypatch.setattr(Build, "write", look)
    run_leased_build(Build.objects.lease("w"), threading.Event())
    assert any(seen["alice"])
    assert not any(seen["bob"])
