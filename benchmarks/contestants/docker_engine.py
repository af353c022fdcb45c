"""A Docker engine of our own for contestants that need one."""

import atexit
import importlib.util
import os
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "tests" / "escape" / "private_docker.py"


def engine_for(driver):
    """Start an engine, until this process ends, if ``driver`` is one of Docker's."""
    if not driver.startswith("docker"):
        return
    spec = importlib.util.spec_from_file_location("private_docker", PLACE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    engine = module.private_docker()
    os.environ["DOCKER_HOST"] = engine.__enter__()
    atexit.register(engine.__exit__, None, None, None)
