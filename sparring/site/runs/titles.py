"""What people call the numbers that a learner logs."""

from __future__ import annotations

ABBREVIATIONS = {"kl": "KL divergence"}


def metric_title(name: str) -> str:
    """What people call a number that the learner logs.

    >>> [metric_title(name) for name in ("probe/share", "against/minimax:depth=4", "policy/kl", "steps")]
    ['Probe', 'vs minimax-4', 'KL divergence', 'Steps']
    """
    group, _, detail = name.rpartition("/")
    if group == "against":
        kind, _, options = detail.replace("_", " ").partition(":")
        return "vs " + "-".join([kind, *(option.rpartition("=")[2] for option in options.split(",") if option)])
    words = (group or detail).replace("_", " ") if detail == "share" else detail.replace("_", " ")
    return ABBREVIATIONS.get(words) or words[:1].upper() + words[1:]


def shown_number(value: float) -> str:
    """A number of any size for people.

    >>> [shown_number(value) for value in (0, 0.123456, 1234.5, 1.5e7, 2e-7, -3.21)]
    ['0', '0.123', '1234', '1.5e+07', '2e-07', '-3.21']
    """
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 or value == 0 else f"{value:.3g}"
