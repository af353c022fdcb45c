"""What packages a submission asks for, read without installing any."""

from __future__ import annotations

import pytest

from sparring.errors import SparringError
from sparring.site.builds.conda import read_environment
from sparring.site.builds.requirements import read_requirements


def read(text: str, how=read_requirements):
    said: list[str] = []
    return how(text.encode(), said.append), "".join(said)


def environment(*dependencies: str):
    return read("dependencies:\n" + "".join(f"  - {line}\n" for line in dependencies), read_environment)


def test_comments_options_and_hashes_are_no_packages():
    text = "# mine\nnumpy >= 2  # fast\n\n--extra-index-url https://wheels.example/\ntorch==2.1 --hash=sha256:ab\n"
    wanted, said = read(text)
    assert wanted.lines == ["numpy>=2", "torch==2.1"]
    assert "line 4 of requirements.txt is left out" in said


def test_the_same_packages_in_another_order_are_the_same():
    assert read("b==1\na\n")[0].lines == read("a\nb == 1\n")[0].lines


def test_packages_for_other_machines_are_left_out():
    assert read("winreg-tools; sys_platform == 'win32'\nnumpy")[0].lines == ["numpy"]


def test_too_many_packages_are_refused():
    with pytest.raises(SparringError, match="asks for 201 packages"):
        read("\n".join(f"a{number}" for number in range(201)))


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("numpy=1.21", "numpy==1.21.*"),
        ("numpy=1.21.2=py38h20f2e39_0", "numpy==1.21.2"),
        ("numpy==1.21.2", "numpy==1.21.2"),
        ("numpy>=1.2,<2", "numpy<2,>=1.2"),
        ("conda-forge::scipy=1.7.*", "scipy==1.7.*"),
        ("pytorch=1.9.0", "torch==1.9.0"),
        ("numpy", "numpy"),
    ],
)
def test_pins_of_conda_are_read_as_pip_writes_them(conda, pip):
    assert environment(conda)[0].lines == [pip]


def test_what_is_no_python_package_is_left_out():
    assert environment("python=3.9", "pip", "cudatoolkit=10.2", "libgcc-ng=9.1", "_libgcc_mutex=0.1")[0].lines == []


def test_the_pip_list_counts_too_and_goes_before():
    wanted, _ = read("dependencies:\n  - scipy=1.1\n  - pip:\n    - scipy==1.15.0\n    - tqdm\n", read_environment)
    assert wanted.lines == ["scipy==1.15.0", "tqdm"]


def test_a_pin_of_conda_is_relaxed_and_then_left_out_but_a_pip_package_is_not_left_out():
    said: list[str] = []
    wanted, _ = read("dependencies:\n  - odd=1.0.0\n  - pip:\n    - even==2\n", read_environment)
    looser = wanted.relaxed("odd", said.append)
    assert looser.lines == ["even==2", "odd"]
    assert looser.relaxed("odd", said.append).lines == ["even==2"]
    assert looser.relaxed("even", said.append).relaxed("even", said.append) is None
    assert "left out" in "".join(said)


def test_pins_of_a_requirements_file_are_never_relaxed():
    assert read("odd==1.0")[0].relaxed("odd", print) is None


@pytest.mark.parametrize("text", ["", "name: mine\n"])
def test_an_environment_without_dependencies_asks_for_nothing(text):
    assert read(text, read_environment)[0].lines == []
