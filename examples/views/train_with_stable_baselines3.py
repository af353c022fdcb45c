"""Stable-Baselines3 learns tic-tac-toe against a random opponent.

    python examples/views/train_with_stable_baselines3.py

Stable-Baselines3's PPO knows no masks, so an illegal action is what the learner unlearns first: it loses the match.
"""

from __future__ import annotations

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import VecEnv

import sparring


def environments(count: int, seed: int) -> VecEnv:
    """Matches side by side, each against a random opponent, from a seat that is drawn for each match."""
    return make_vec_env(lambda: sparring.make("tic_tac_toe", opponent="random"), n_envs=count, seed=seed)


def mean_return(model: PPO, matches: int, seed: int) -> float:
    """Of the deterministic policy: 1 if it wins everything, -1 if it loses everything."""
    returns, _ = evaluate_policy(model, environments(1, seed), n_eval_episodes=matches, return_episode_rewards=True)
    return float(np.mean(returns))


def main(steps: int = 10_000, seed: int = 1) -> tuple[float, float]:
    """Train, and return the mean return over 100 matches before and after."""
    model = PPO(
        "MlpPolicy",
        environments(8, seed),
        seed=seed,
        n_steps=128,
        batch_size=256,
        n_epochs=4,
        learning_rate=1e-3,
        ent_coef=0.02,
        device="cpu",
        policy_kwargs={"net_arch": [64, 64]},
    )
    before = mean_return(model, 100, seed + 1)
    model.learn(steps)
    return before, mean_return(model, 100, seed + 1)


if __name__ == "__main__":
    before, after = main()
    print(f"Mean return against random play: {before:+.2f} before, {after:+.2f} after.")  # noqa: T201
