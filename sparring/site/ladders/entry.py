"""How versions of the arena itself come onto a ladder: its house agents, and the learner's checkpoints."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

import sparring
from sparring.agents import house_agents
from sparring.engine import Game, game_names, load_game
from sparring.errors import BadOption, MissingExtra, SparringError
from sparring.site.ladders.models import Ladder
from sparring.site.submissions.models import Agent, Kind, Version

log = logging.getLogger(__name__)


def enter_version(
    agent_name: str,
    game: str | Game,
    spec: str,
    kind: str = "learner",
    note: str = "",
    metrics: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
) -> Version:
    """Put a trusted player on the ladder of ``game`` under ``options`` as the next version of ``agent_name``.

    ``spec`` is what ``load`` reads, like ``model:connect_four/house@7``. ``metrics`` are shown on the runs page. The
    latest version with the same spec is returned as it is: entering twice changes nothing. Raises SparringError for an
    unknown game, a kind other than house or learner, or a name that belongs to a person's agent.
    """
    if kind not in (Kind.HOUSE, Kind.LEARNER):
        raise BadOption(f"A version of kind '{kind}' can't be entered here; it can be house or learner.")
    name = load_game(game, options).name if isinstance(game, str) else game.name
    with transaction.atomic():
        agent = Agent.objects.house(name, agent_name, kind)
        latest = agent.versions.order_by("-number").first()
        if latest is not None and latest.spec == spec:
            Ladder.objects.for_game(name, options).enter(latest)
            return latest
        version = agent.add_version(spec=spec, note=note, metrics=metrics or {}, state=Version.State.ON_LADDER)
        Ladder.objects.for_game(name, options).enter(version)
    return version


def seed_house_agents(force: bool = False) -> None:
    """Give every installed game a ladder with its house agents, and the organiser's ladders this release's.

    Does nothing where this release has done it before.
    """
    seeded = dict(Ladder.objects.filter(options={}).values_list("game", "seeded_with"))
    for name in game_names():
        if force or seeded.get(name) != sparring.__version__:
            try:
                _seed(name)
            except MissingExtra as error:  # as it should be on many machines
                log.info("%s has no ladder: %s", name, error)
            except SparringError as error:
                log.warning("%s has no ladder yet: %s", name, error)
    older = Ladder.objects.exclude(options={}).exclude(seeded_with__in=["", sparring.__version__])
    for ladder in older:
        try:
            enter_house_agents(ladder)
        except SparringError as error:
            log.warning("%s keeps the house agents that it has: %s", ladder, error)


def _seed(name: str) -> None:
    game = load_game(name)
    if game.seats != 2:
        return
    with transaction.atomic():
        ladder = Ladder.objects.for_game(game.name)
        ladder.title = game.title
        ladder.save(update_fields=["title"])
        enter_house_agents(ladder, game)


def enter_house_agents(ladder: Ladder, game: Game | None = None) -> None:
    """Put onto a ladder the house agents that its ``game`` has under its options. Raises SparringError."""
    played = game or load_game(ladder.game, ladder.options)
    with transaction.atomic():
        for agent_name, spec in house_agents(played):
            enter_version(agent_name, played, spec, kind=Kind.HOUSE, options=ladder.options)
        ladder.seeded_with = sparring.__version__
        ladder.save(update_fields=["seeded_with"])
