"""Simulations a second of mctx's Gumbel MuZero policy with the rules of Pgx: all trees at once, one jitted call.

The recurrent function is that of Pgx's AlphaZero example. The word ``residual`` takes the residual network.
"""

import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import jax
import jax.numpy as jnp
import mctx
import pgx
import search_settings as settings
from contestant import serve


def dense_network(weights, observations):
    x = observations.astype(jnp.float32).reshape(observations.shape[0], -1)
    *body, (policy, policy_bias), (value, value_bias) = weights
    for weight, bias in body:
        x = jax.nn.relu(x @ weight + bias)
    return x @ policy + policy_bias, (x @ value + value_bias)[:, 0]


def convolved(x, layer):
    """Kernels as [k, k, in, out]: in a loop XLA is 25 times slower with any other order."""
    weight, bias = layer
    return jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")) + bias


def residual_network(weights, observations):
    first, *blocks, summary = weights[: 2 * settings.BLOCKS + 2]
    x = jax.nn.relu(convolved(observations.astype(jnp.float32), first))
    for index in range(settings.BLOCKS):
        inner = jax.nn.relu(convolved(x, blocks[2 * index]))
        x = jax.nn.relu(x + convolved(inner, blocks[2 * index + 1]))
    x = jax.nn.relu(convolved(x, summary)).reshape(x.shape[0], -1)
    (hidden, hidden_bias), (policy, policy_bias), (value, value_bias) = weights[2 * settings.BLOCKS + 2 :]
    x = jax.nn.relu(x @ hidden + hidden_bias)
    return x @ policy + policy_bias, (x @ value + value_bias)[:, 0]


def prepare():
    env = pgx.make("connect_four")
    residual = "residual" in sys.argv
    network = residual_network if residual else dense_network
    weights = settings.residual_weights() if residual else settings.dense_weights()
    weights = [(weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight, bias) for weight, bias in weights]
    weights = jax.tree.map(jnp.asarray, weights)

    def recurrent(weights, key, action, state):
        del key
        mover = state.current_player
        state = jax.vmap(env.step)(state, action)
        logits, value = network(weights, state.observation)
        logits = jnp.where(state.legal_action_mask, logits, jnp.finfo(logits.dtype).min)
        reward = state.rewards[jnp.arange(state.rewards.shape[0]), mover]
        value = jnp.where(state.terminated, 0.0, value)
        discount = jnp.where(state.terminated, 0.0, -1.0)
        return mctx.RecurrentFnOutput(reward=reward, discount=discount, prior_logits=logits, value=value), state

    @jax.jit
    def search(weights, state, key):
        logits, value = network(weights, state.observation)
        root = mctx.RootFnOutput(prior_logits=logits, value=value, embedding=state)
        found = mctx.gumbel_muzero_policy(
            weights,
            key,
            root,
            recurrent,
            settings.SIMULATIONS,
            invalid_actions=~state.legal_action_mask,
            qtransform=partial(
                mctx.qtransform_completed_by_mix_value, rescale_values=False, value_scale=settings.VALUE_SCALE
            ),
            gumbel_scale=1.0,
        )
        return found.action, found.action_weights

    state = jax.jit(jax.vmap(env.init))(jax.random.split(jax.random.PRNGKey(0), settings.TREES))
    for columns in settings.lines().T:
        state = jax.jit(jax.vmap(env.step))(state, jnp.asarray(columns))
    keys = [jax.random.PRNGKey(1)]

    def measure(seconds):
        simulations, started = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            keys[0], key = jax.random.split(keys[0])
            jax.block_until_ready(search(weights, state, key))
            simulations += settings.TREES * settings.SIMULATIONS
        return {"value": simulations / elapsed}

    measure(0.5)
    return measure


serve(prepare, ["mctx", "pgx", "jax", "jaxlib", "numpy"])
