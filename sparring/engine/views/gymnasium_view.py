"""One seat of a game as a Gymnasium environment; the other seats are played by an opponent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine.game import Game
from sparring.engine.views.opponents import Opponent, Policy, opponent_of
from sparring.engine.views.outcomes import was_cut_off
from sparring.engine.views.spaces import action_space, observation_space, sampling_mask, with_mask
from sparring.errors import BadOption, IllegalAction, MissingExtra

try:
    import gymnasium
except ImportError as error:
    raise MissingExtra("gymnasium", "gymnasium", "The Gymnasium view") from error


class GymnasiumView(gymnasium.Env[Any, Any]):
    """``game`` from one seat against ``opponent``.

    The opponent is a function ``(observations, masks, states) -> actions``, or an Opponent; None plays at random. The
    seat is drawn anew for each match, unless ``seat`` or ``reset(options={"seat": 1})`` names one.

    What is legal is in ``info["action_mask"]``, as ``action_space.sample`` takes it, and in ``action_masks()``. With
    ``mask_in_observation`` an observation is ``{"observation", "action_mask"}``, for libraries that look there.

    An illegal action loses the match, as in the arena: the return becomes ``-game.forfeit``, and ``info["illegal"]``
    says why. ``truncated`` is True only if the game's record has a field ``truncated`` that says so.
    """

    metadata = {"render_modes": ["ansi", "svg"], "render_fps": 2}

    def __init__(
        self,
        game: Game,
        opponent: Opponent | Policy | None = None,
        seat: int | None = None,
        mask_in_observation: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.game, self.opponent, self.fixed_seat = game, opponent_of(game, opponent), seat
        if mask_in_observation and game.action_kind != "discrete":
            raise BadOption(f"{game.title} has no single choice to mask: leave mask_in_observation out.")
        self._dict = mask_in_observation
        self.observation_space = with_mask(game) if mask_in_observation else observation_space(game)
        self.action_space = action_space(game)
        self.render_mode = render_mode
        self.states = game.new_states([0])
        self.seat = self._checked_seat(0 if seat is None else seat)
        self._begun, self._scores = False, np.zeros(game.seats, np.float32)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """A new match, up to the first decision. ``options={"seat": 1}`` chooses the seat of this one."""
        super().reset(seed=seed)
        self._finish()
        match_seed, drawn = int(self.np_random.integers(2**63)), int(self.np_random.integers(self.game.seats))
        chosen = (options or {}).get("seat", self.fixed_seat)
        self.seat = drawn if chosen is None else self._checked_seat(chosen)
        self.states = self.game.new_states([match_seed])
        self._scores[:] = 0
        self.opponent.begin([seat for seat in range(self.game.seats) if seat != self.seat], match_seed)
        self._begun = True
        self._play_until_asked()
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Play one's own action and all others up to the next decision. The reward is what one was paid meanwhile."""
        before = float(self._scores[self.seat])
        try:
            checked = self.game.check_action(self.states[0], action, self.seat)
        except IllegalAction as illegal:
            if not self._begun:
                raise
            self._scores[:] = self.game.forfeit_scores({self.seat})
            self._finish()
            gained = float(self._scores[self.seat]) - before
            return self._observation(), gained, True, False, {**self._info(), "illegal": str(illegal)}
        self._play(checked)
        self._play_until_asked()
        over, cut_off = bool(self.states["over"][0]), was_cut_off(self.states)[0]
        if over:
            self._finish()
        gained = float(self._scores[self.seat]) - before
        return self._observation(), gained, over and not cut_off, over and bool(cut_off), self._info()

    def action_masks(self) -> NDArray[np.bool_]:
        """bool [A]: the legal actions, where sb3-contrib's MaskablePPO looks for them."""
        mask: NDArray[np.bool_] = self.game.legal(self.states, [self.seat])[0]
        return mask

    def render(self) -> Any:
        if self.render_mode == "svg":
            return self.game.draw(self.states[0])
        return self.game.text(self.states[0]) if self.render_mode == "ansi" else None

    def close(self) -> None:
        self._finish()

    def _play_until_asked(self) -> None:
        """Let the opponent play until the learner is to move; in a simultaneous game it is asked at once."""
        while not self.game.simultaneous and not self.states["over"][0] and self.states["seat"][0] != self.seat:
            self._play(self._others(self.states["seat"])[0])

    def _play(self, action: Any) -> None:
        """Play the action of the seat to move, or the learner's and, asked for now, all others'."""
        actions = self.game.actions.zeros(1, *((self.game.seats,) if self.game.simultaneous else ()))
        if self.game.simultaneous:
            others = np.array([seat for seat in range(self.game.seats) if seat != self.seat], np.int8)
            actions[0, self.seat] = action
            if len(others):
                actions[0, others] = self._others(others)
        else:
            actions[0] = action
        self._scores += self.game.play(self.states, actions)[0]

    def _others(self, seats: NDArray[np.int8]) -> Any:
        states = np.repeat(np.asarray(self.states), len(seats)).view(np.recarray)
        observations, masks = self.game.observe(states, seats), self.game.legal(states, seats)
        return self.opponent.act(seats, observations, masks, states)

    def _finish(self) -> None:
        if self._begun:
            self._begun = False
            others = [seat for seat in range(self.game.seats) if seat != self.seat]
            self.opponent.end(self._scores[others], np.repeat(np.asarray(self.states), len(others)).view(np.recarray))

    def _observation(self) -> Any:
        observation = self.game.observe(self.states, [self.seat])[0]
        return {"observation": observation, "action_mask": self._mask()} if self._dict else observation

    def _mask(self) -> Any:
        return sampling_mask(self.game, self.action_masks())

    def _info(self) -> dict[str, Any]:
        mask = {} if self.game.action_kind == "box" else {"action_mask": self._mask()}
        return {"seat": self.seat, **mask}

    def _checked_seat(self, seat: Any) -> int:
        if not isinstance(seat, (int, np.integer)) or isinstance(seat, bool) or not 0 <= seat < self.game.seats:
            raise BadOption(f"{self.game.title} has no seat {seat!r:.40}; it has 0..{self.game.seats - 1}.")
        return int(seat)
