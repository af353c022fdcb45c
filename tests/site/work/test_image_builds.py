"""Container images on the site: taken, built, checked and played where Docker is on, and refused elsewhere."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest

from sparring import sandbox
from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.sandbox.images.image import USUAL_PATH
from sparring.sandbox.isolation import bubblewrap
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.submissions import artefacts
from sparring.site.submissions.models import Build, Check, Version
from sparring.site.work import players
from sparring.site.work.builds import build_once, run_leased_build
from sparring.site.work.checks import run_leased_check
from sparring.site.work.publishing import release_of
from tests.sandbox.image_files import layer, saved, static_agent
from tests.site.work.package_server import PackageServer

pytestmark = pytest.mark.django_db
DOCKERFILE = 'FROM scratch\nCOPY agent /bin/\nUSER root\nENTRYPOINT ["agent"]\n'


@pytest.fixture
def with_docker(_docker_engine, monkeypatch, settings):
    """An arena whose worker plays images; that its containers hold attacks off is shown elsewhere."""
    monkeypatch.setenv("DOCKER_HOST", _docker_engine)
    monkeypatch.setattr(sandbox, "why_unsafe", lambda driver, attack=True: None, raising=False)
    monkeypatch.setattr(players, "_looked", {})
    settings.SANDBOX_DRIVERS = ["bubblewrap", "docker"]


@pytest.fixture
def without_docker(monkeypatch, settings):
    monkeypatch.setattr(players, "_looked", {})
    settings.SANDBOX_DRIVERS = ["bubblewrap"]


def zipped(dockerfile: str, **more: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {"Dockerfile": dockerfile, "agent": static_agent(), **more}.items():
            archive.writestr(name, text)
    return content.getvalue()


def an_image() -> bytes:
    return saved([layer({"bin/agent": static_agent()})], Entrypoint=["/bin/agent"])


def built(user, filename: str, content: bytes, name: str = "Mine") -> Version:
    version = Version.objects.submit(user, "connect_four", name, filename, content)
    run_leased_build(Build.objects.lease("w"), threading.Event())
    version.refresh_from_db()
    return version


@pytest.mark.xdist_group("docker")
def test_a_dockerfile_is_built_checked_and_on_the_ladder_and_its_equal_shares_the_entry(
    with_docker, alice, bob, as_alice
):
    version = built(alice, "mine.zip", zipped(DOCKERFILE))
    assert (version.state, version.container) == ("built", True), version.sentence + version.build_log_for(alice)
    assert "Step 2/4 : COPY agent /bin/" in version.build_log_for(alice)
    assert version.build_log_for(bob) == ""
    run_leased_check(Check.objects.lease("w", players.playable_here("version__")), threading.Event())
    version.refresh_from_db()
    assert version.state == "on ladder", version.sentence
    page = as_alice.get(version.get_absolute_url()).content.decode()
    assert f"sha256:{version.image[:16]}" in page
    assert f"{version.image_size / 2**20:.1f} MiB" in page
    assert "agent.left-out.txt" not in release_of(version).files  # below the limit of a file
    equal = saved([layer({"bin/agent": static_agent()})], Entrypoint=["agent"], Env=[f"PATH={USUAL_PATH}"])
    again = built(bob, "other.tar", equal, "Other")
    assert (again.twin_of, again.state) == (version, "on ladder")
    refused = built(alice, "mine.zip", zipped("FROM python:3.12\n" + DOCKERFILE))
    assert (refused.failed_step, refused.sentence) == (
        "built",
        "The Dockerfile builds on python:3.12; this arena allows scratch.",
    )


@pytest.mark.nightly
@pytest.mark.xdist_group("docker")
def test_where_only_docker_is_on_packages_are_installed_in_it_and_the_agent_plays_with_them(
    with_docker, alice, settings, monkeypatch
):
    settings.SANDBOX_DRIVERS = ["docker"]
    monkeypatch.setattr(bubblewrap, "why_unavailable", lambda: "bubblewrap is not installed.")
    agent = "import tiny\nclass Agent:\n    def act(self, seen, legal_actions): return legal_actions[tiny.FIRST]\n"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("agent.py", agent)
        archive.writestr("requirements.txt", "tiny\n")
    server = PackageServer()
    server.add("tiny", "1.0", "FIRST = 0\n")
    settings.PACKAGE_INDEX = server.url
    version = built(alice, "mine.zip", content.getvalue())
    server.close()
    assert version.state == "built", version.sentence
    assert "Successfully installed tiny-1.0" in version.build_log_for(alice)
    run_leased_check(Check.objects.lease("w"), threading.Event())
    version.refresh_from_db()
    assert version.state == "on ladder", version.sentence


@pytest.mark.parametrize("filename", ["agent.tar", "agent.tar.gz", "agent.tgz", "agent.zip"])
def test_where_there_is_no_docker_an_image_is_refused_with_a_sentence(without_docker, alice, filename):
    content = zipped(DOCKERFILE, **{"agent.py": "class Agent: pass"})
    with pytest.raises(SparringError, match="This arena plays no container images"):
        Version.objects.submit(alice, "connect_four", "Mine", filename, content)
    assert not Version.objects.exists()


def test_a_worker_without_docker_leaves_images_to_others(without_docker, settings, alice, enter):
    settings.IMAGES = "1"
    house = enter("connect_four", "random")
    version = Version.objects.submit(alice, "connect_four", "Mine", "agent.tar.gz", an_image())
    assert version.container
    assert not build_once("w", threading.Event())
    Version.objects.filter(pk=version.pk).update(state="on ladder")
    ladder = Ladder.objects.for_game("connect_four")
    for first, second in ((version, house), (house, version)):
        Duel.objects.queue(ladder, first, second, 2, "a test")
    mine = players.playable_here("first__", "second__", "further__version__")
    assert Duel.objects.lease("w", mine) is None
    other = Duel.objects.queue(ladder, house, house, 2, "a test")
    alone = Duel.objects.queue_table(ladder, [house], 2, "a test")
    assert [Duel.objects.lease("w", mine).pk, Duel.objects.lease("w", mine).pk] == [other.pk, alone.pk]


def test_a_hostile_image_fails_its_build_with_a_sentence_and_leaves_nothing(with_docker, alice, data_folder):
    bad = saved([layer({"a": "-> /", "a/etc/passwd": b"x"})], Entrypoint=["/a"])
    version = built(alice, "agent.tar", bad)
    assert (version.state, version.failed_step) == ("failed", "built")
    assert version.sentence == "A layer of the image puts files below /a, which is no folder but a link."
    assert list((data_folder / "images").iterdir()) == []


def test_what_was_handed_in_before_with_a_dockerfile_beside_it_still_plays(alice, without_docker, monkeypatch):
    monkeypatch.setattr(sandbox, "why_unsafe", lambda driver, attack=True: None, raising=False)
    content = zipped(DOCKERFILE, **{"agent.py": "class Agent:\n    def act(self, *seen): return 0\n"})
    Version.objects.submit(alice, "connect_four", "Mine", "plain.py", b"class Agent: pass")
    version = Version.objects.get()
    stored = artefacts.store("agent.zip", content)
    Version.objects.filter(pk=version.pk).update(artefact=stored.name)
    version.refresh_from_db()
    player = players.open_player(load_game("connect_four"), version, seed=1)
    assert player.lanes is None
    player.close()
