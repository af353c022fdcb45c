"""Random play of a game in a batch of 1024: Pgx on the CPU, one jitted call a step that chooses, plays and starts anew.

Observation and mask go to NumPy after each step, which costs JAX no copy on a CPU. With `compiled` a hundred steps are
one call and nothing leaves JAX.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pgx
from contestant import rate, serve
from pgx.experimental import auto_reset

SIZE = 1024


def prepare():
    env = pgx.make(sys.argv[1])
    start, advance = jax.vmap(env.init), jax.vmap(auto_reset(env.step, env.init))

    def random_step(state, key):
        key, choice, fresh = jax.random.split(key, 3)
        logits = jnp.where(state.legal_action_mask, 0.0, -jnp.inf)
        actions = jax.random.categorical(choice, logits, axis=-1)
        return advance(state, actions, jax.random.split(fresh, SIZE)), key

    one = jax.jit(random_step)
    hundred = jax.jit(lambda state, key: jax.lax.fori_loop(0, 100, lambda _, pair: random_step(*pair), (state, key)))
    now = [jax.jit(start)(jax.random.split(jax.random.PRNGKey(0), SIZE)), jax.random.PRNGKey(1)]

    def step():
        now[:] = one(*now)
        np.asarray(now[0].observation), np.asarray(now[0].legal_action_mask)
        return SIZE, int(np.asarray(now[0].terminated).sum())

    def hundred_steps():
        now[:] = hundred(*now)
        now[0].observation.block_until_ready()
        return 100 * SIZE, 0

    turn = hundred_steps if "compiled" in sys.argv else step
    rate(turn, 1.0)
    return lambda seconds: rate(turn, seconds)


serve(prepare, ["pgx", "jax", "jaxlib", "numpy"])
