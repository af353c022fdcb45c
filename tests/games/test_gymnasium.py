"""``gym:ID``: what Gymnasium does, no more and no less; and records that can be copied though environments can't."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

import gymnasium
import numpy as np
import pytest

from sparring.engine import Batch, load_game
from sparring.errors import BadOption, IllegalAction, MissingExtra, SparringError, UnknownName
from sparring.games.outside.gymnasium_family import rules_for
from sparring.games.outside.vectorised import TRIED, Stepper, VectorisedRules, agrees

IMAGE = "{http://www.w3.org/2000/svg}image"


def made_of(name: str, observation, action=None, **more):
    """Register an environment of these spaces under ``name``."""

    class Made(gymnasium.Env):
        observation_space = observation
        action_space = gymnasium.spaces.Discrete(2) if action is None else action

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.taken = []
            return self.look(), {}

        def step(self, action):
            self.taken.append(action)
            assert self.action_space.contains(action), action
            return self.look(), float(len(self.taken)), len(self.taken) == 5, False, {}

        def look(self):
            self.observation_space.seed(int(self.np_random.integers(2**31)))
            return self.observation_space.sample()

    for field, value in more.items():
        setattr(Made, field, value)
    gymnasium.register(name, entry_point=Made)
    return f"gym:{name}"


@pytest.fixture(autouse=True)
def forget_registered():
    known = set(gymnasium.registry)
    yield
    for name in set(gymnasium.registry) - known:
        del gymnasium.registry[name]
    rules_for.cache_clear()


@pytest.mark.parametrize(("name", "runs"), [("CartPole-v1", 20), ("Pendulum-v1", 2), ("FrozenLake-v1", 10)])
def test_step_by_step_as_in_gymnasium_itself(name, runs):
    game, theirs = load_game(f"gym:{name}"), gymnasium.make(name)
    random = np.random.default_rng(1)
    for seed in range(runs):
        states = game.new_states([seed])
        seen, _ = theirs.reset(seed=int(states.environment_seed[0]))
        returned = 0.0
        while not states.over[0]:
            assert (observation(game, states) == flat(theirs, seen)).all()
            action = game.random_actions(game.masks(states), random)
            reward = game.play(states, action)[0, 0]
            seen, expected, terminated, truncated, _ = theirs.step(action[0])
            assert reward == np.float32(expected)
            assert states.over[0] == (terminated or truncated)
            returned += np.float32(expected)
        assert (observation(game, states) == flat(theirs, seen)).all()
        assert states.scores[0, 0] == pytest.approx(returned)


def observation(game, states):
    return game.observe(states, [0])[0]


def flat(environment, seen):
    space = environment.observation_space
    return seen if isinstance(space, gymnasium.spaces.Box) else gymnasium.spaces.utils.flatten(space, seen)


@pytest.mark.parametrize("name", ["gym:CartPole-v1", "gym:Blackjack-v1"])
def test_copies_of_a_record_go_their_own_ways_as_if_each_had_an_environment(name):
    game, random = load_game(name), np.random.default_rng(2)
    states = game.new_states(np.arange(4))
    for _ in range(3):
        play_living(game, states, random)
    copies = np.concatenate([states, states, states]).view(np.recarray)
    before = copies.copy()
    for _ in range(4):
        play_living(game, copies, random)
    for row in range(len(copies)):
        alone = game.new_states([row % 4])
        for action in copies._history[row, : copies.ply[row]]:
            game.play(alone, np.array([action]))
        assert same(alone[0], copies[row])
    assert (before._history[:, 3:] == 0).all(), "the copy that was set aside stayed as it was"


def play_living(game, states, random):
    for row in np.flatnonzero(~states.over):
        rows = states[row : row + 1]
        game.play(rows, game.random_actions(game.masks(rows), random))


def same(record, other):
    """Equal in every field; what lies between the fields does not matter."""
    return all(record[name].tobytes() == other[name].tobytes() for name in record.dtype.names)


@pytest.mark.parametrize("name", ["gym:CartPole-v1", "gym:Acrobot-v1"])
def test_a_record_goes_on_in_a_process_that_has_never_seen_it(name):
    game = load_game(name)
    states = game.new_states([3])
    for action in (0, 1, 1):
        game.play(states, np.array([action]))
    sent = np.frombuffer(states.tobytes(), game.state_dtype).copy().view(np.recarray)
    rules_for.cache_clear()
    stranger = load_game(name)
    assert stranger.rules is not game.rules
    stranger.play(sent, np.array([0]))
    game.play(states, np.array([0]))
    assert same(sent[0], states[0])


def test_the_pool_holds_no_more_than_it_needs_and_matches_survive_being_forgotten():
    game = load_game("gym:Acrobot-v1")
    pool = game.rules.pool
    many = game.new_states(np.arange(300))
    few = game.new_states([1000])
    for _ in range(400):
        if few.over[0]:
            few = game.new_states([1000])
        game.play(few, np.array([0]))
    assert pool._count + len(pool._idle) <= 64 < 300
    game.play(many, np.zeros(300, int))
    assert (many.ply == 1).all()


def test_a_row_goes_the_same_way_in_a_batch_of_any_size():
    game, random = load_game("gym:CartPole-v1"), np.random.default_rng(3)
    assert isinstance(game.rules, VectorisedRules)
    together = game.new_states(np.arange(37))
    alone = [game.new_states([seed]) for seed in range(37)]
    for _ in range(8):
        actions = random.integers(2, size=37)
        game.play(together, actions)
        for states, action in zip(alone, actions, strict=True):
            game.play(states, np.array([action]))
    assert all(same(states[0], record) for states, record in zip(alone, together, strict=True))


def test_the_vectorised_form_keeps_the_environments_own_limit_of_steps():
    states = load_game("gym:CartPole-v1", {"steps": 1000}).new_states([1, 2])
    states.ply[0] = 499
    load_game("gym:CartPole-v1", {"steps": 1000}).play(states, np.array([0, 0]))
    assert states.over.tolist() == [True, False]


def test_a_vectorised_form_that_does_something_else_is_not_trusted():
    environment = gymnasium.make("CartPole-v1")
    stepper = Stepper(environment)
    assert agrees(stepper, environment)
    stepper._of_size(TRIED).gravity *= 1.0001
    assert not agrees(stepper, environment)


def test_an_environment_that_is_wrapped_is_stepped_as_it_is():
    entry = gymnasium.spec("CartPole-v1")
    gymnasium.register(
        "Tougher-v0",
        entry.entry_point,
        vector_entry_point=entry.vector_entry_point,
        kwargs={"sutton_barto_reward": True},
    )
    game = load_game("gym:Tougher-v0")
    assert not isinstance(game.rules, VectorisedRules)
    assert game.play(game.new_states([1]), np.array([0]))[0, 0] == 0


def test_matches_follow_one_another_with_new_seeds():
    batch = Batch(load_game("gym:CartPole-v1"), 8, seed=1)
    seeds = set()
    for _ in range(200):
        seeds |= set(batch.states["environment_seed"].tolist())
        batch.step(batch.random_actions())
        assert (batch.rewards == 1).all()
    assert len(seeds) > 40


def test_the_step_limit_is_an_option():
    game = load_game("gym:Pendulum-v1", {"steps": 3})
    states = game.new_states([1])
    for _ in range(3):
        assert not states.over[0]
        game.play(states, np.zeros((1, 1), np.float32))
    assert states.over[0]
    assert load_game("gym:Pendulum-v1").options["steps"] == 200
    with pytest.raises(BadOption, match=r"steps of gym:Pendulum-v1 can't be 0"):
        load_game("gym:Pendulum-v1", {"steps": 0})


def test_actions_of_every_kind_arrive_as_the_environment_wants_them():
    spaces = gymnasium.spaces
    seen = spaces.Box(-1, 1, (2,), np.float32)
    for number, action in enumerate(
        [
            spaces.Discrete(3, start=5),
            spaces.MultiDiscrete([3, 4], start=[1, 2]),
            spaces.MultiDiscrete([[2, 3], [4, 5]]),
            spaces.MultiBinary(3),
            spaces.Box(-2, 3, (2, 2), np.float64),
        ]
    ):
        game = load_game(made_of(f"Acting{number}-v0", seen, action))
        batch = Batch(game, 4, seed=1)
        for _ in range(12):
            batch.step(batch.random_actions())
        assert batch.rewards.max() > 1


def test_observations_are_handed_on_flat_in_the_smallest_type_that_keeps_them():
    spaces = gymnasium.spaces
    nested = spaces.Dict({"where": spaces.Box(-1, 1, (2, 2), np.float32), "what": spaces.Discrete(3)})
    assert load_game(made_of("Nested-v0", nested)).observation_shape == (7,)
    assert load_game(made_of("Marks-v0", spaces.Discrete(300))).observation_dtype == np.int8
    pixels = load_game(made_of("Pixels-v0", spaces.Box(0, 255, (8, 6, 3), np.uint8)))
    assert (pixels.observation_shape, pixels.observation_dtype) == ((8, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("seen", "action", "sentence"),
    [
        (gymnasium.spaces.Sequence(gymnasium.spaces.Discrete(2)), None, "not a fixed number of numbers"),
        (gymnasium.spaces.Discrete(2), gymnasium.spaces.Box(-np.inf, np.inf, (2,)), "actions without bounds"),
        (
            gymnasium.spaces.Discrete(2),
            gymnasium.spaces.Dict(a=gymnasium.spaces.Discrete(2)),
            "takes actions from Dict",
        ),
    ],
)
def test_spaces_that_can_not_be_played_get_a_sentence(seen, action, sentence):
    with pytest.raises(SparringError, match=sentence):
        load_game(made_of("Strange-v0", seen, action))


def test_unknown_names_get_the_nearest():
    with pytest.raises(UnknownName, match=r"no Gymnasium environment 'CartPol-v1'\. Did you mean 'CartPole-v1'"):
        load_game("gym:CartPol-v1")
    with pytest.raises(UnknownName, match="Did you mean 'CartPole-v1'"), pytest.warns(UserWarning, match="latest"):
        load_game("gym:CartPole")
    with pytest.raises(UnknownName, match=r"no family of games 'gmy'\. Did you mean 'gym'"):
        load_game("gmy:CartPole-v1")
    with pytest.raises(SparringError, match="can't be made: Malformed environment ID"):
        load_game("gym:")


def test_an_environment_that_lacks_something_says_what():
    def lacking(**_):
        raise gymnasium.error.DependencyNotInstalled("Box2D is not installed, pip install it.")

    gymnasium.register("Lacking-v0", entry_point=lacking)
    with pytest.raises(SparringError, match=r"gym:Lacking-v0 can't be made: Box2D is not installed, pip install it"):
        load_game("gym:Lacking-v0")


def test_without_gymnasium_one_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(MissingExtra, match=r"gym:Foo-v0 needs the package 'gymnasium'.*sparring\[gymnasium\]"):
        load_game("gym:Foo-v0")


def test_an_environment_that_breaks_down_in_the_middle_says_when():
    def explode(self, action):
        raise ZeroDivisionError("no luck")

    game = load_game(made_of("Breaking-v0", gymnasium.spaces.Discrete(2), step=explode))
    with pytest.raises(SparringError, match=r"Breaking-v0 broke down in step 1: ZeroDivisionError: no luck"):
        game.play(game.new_states([1]), np.array([0]))


def test_illegal_actions_are_refused_before_the_environment_sees_them():
    game = load_game("gym:Pendulum-v1")
    states = game.new_states([1])
    with pytest.raises(IllegalAction, match="must lie in -2 to 2"):
        game.play(states, np.array([[2.5]], np.float32))
    assert states.ply[0] == 0


def test_the_picture_is_the_environments_own_frame_at_every_ply():
    game = load_game("gym:CartPole-v1")
    states = game.new_states([1])
    first = game.draw(states[0])
    for action in (1, 1, 1, 1):
        game.play(states, np.array([action]))
    later = game.draw(states[0])
    images = [next(ElementTree.fromstring(svg).iter(IMAGE)).get("href") for svg in (first, later)]
    assert all(image.startswith("data:image/png;base64,") for image in images)
    assert images[0] != images[1]
    assert game.draw(game.new_states([1])[0]) == first, "winding the film back gives the same picture"


def test_an_environment_that_does_not_render_gets_a_card_of_its_numbers():
    game = load_game(made_of("Dark-v0", gymnasium.spaces.Box(-1, 1, (12,), np.float32)))
    states = game.new_states([1])
    svg = game.draw(states[0], size=64)
    assert "Dark-v0" in svg
    assert f"{observation(game, states)[0]:.4g}" in svg
    assert "and 4 numbers more" in svg
    assert not list(ElementTree.fromstring(svg).iter(IMAGE))
