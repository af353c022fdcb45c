"""Dockerfiles on the site: their steps install packages through the build's proxy, and their bases can be fetched."""

from __future__ import annotations

import json
import tarfile

import pytest

from sparring.sandbox.images.image import FILES
from sparring.sandbox.isolation.docker.engine import engine
from sparring.site.builds import images
from tests.sandbox.image_files import layer, static_agent
from tests.sandbox.local_images import PIP_FOLDER, registry, write_python_image
from tests.site.work.package_server import PackageServer
from tests.site.work.test_image_builds import built, with_docker, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("docker")]
__all__ = ["with_docker"]
ENDS = 'COPY agent /agent\nENTRYPOINT ["/agent"]\n'


@pytest.mark.nightly
def test_a_step_installs_packages_from_the_index_of_the_arena(with_docker, alice, settings, tmp_path):
    program = write_python_image(tmp_path / "python.tar")
    engine().run("import", str(tmp_path / "python.tar"), "python-here:1")
    server = PackageServer()
    server.add("tiny_rules", "1.2", "ONE = 1\n")
    settings.IMAGE_BASES, settings.PACKAGE_INDEX = "python-here:1", server.url
    step = [program, "-I", "-B", "-c", INSTALL]
    dockerfile = f"FROM python-here:1\nARG PIP_INDEX_URL\nRUN {json.dumps(step)}\n{ENDS}"
    version = built(alice, "mine.zip", zipped(dockerfile))
    server.close()
    engine().run("image", "rm", "python-here:1")
    log = version.build_log_for(alice)
    assert version.state == "built", version.sentence + log
    assert "Successfully installed tiny" in log, log
    with tarfile.open(images.path_of(version.image) / FILES) as files:
        assert files.extractfile("packages/tiny_rules.py").read() == b"ONE = 1\n"


INSTALL = (
    f"import sys; sys.path.insert(0, '{PIP_FOLDER}'); from pip._internal.cli.main import main; "
    "sys.exit(main(['install', '--target', '/packages', 'tiny-rules']))"
)


def test_a_base_is_fetched_from_its_registry_only_where_the_organiser_has_said_so(
    with_docker, alice, settings, tmp_path
):
    with registry() as host:
        base = f"{host}/base:1"
        (tmp_path / "base.tar").write_bytes(layer({"of-the-base": b"it"}))
        engine().run("import", str(tmp_path / "base.tar"), base)
        engine().run("push", "--quiet", base)
        engine().run("image", "rm", base)
        settings.IMAGE_BASES = f"{base}, {host}/other:1"
        refused = built(alice, "mine.zip", zipped(f"FROM {base}\n{ENDS}"))
        assert refused.sentence == (
            f"The base image {base} is not on this machine. Its organiser has to run: docker pull {base}"
        )
        settings.IMAGE_PULL = True
        version = built(alice, "mine.zip", zipped(f"FROM {base}\n{ENDS}"))
        assert version.state == "built", version.sentence
        assert f"$ docker pull {base}" in version.build_log_for(alice)
        missing = built(alice, "mine.zip", zipped(f"FROM {host}/other:1\n{ENDS}"))
        assert missing.sentence.startswith(f"The base image {host}/other:1 can't be fetched: ")
        engine().run("image", "rm", base)
    with tarfile.open(images.path_of(version.image) / FILES) as files:
        assert files.extractfile("of-the-base").read() == b"it"
        assert files.extractfile("agent").read() == static_agent()
