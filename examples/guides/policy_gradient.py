"""Reinforcement learning with a policy gradient (REINFORCE), on a tiny world of our own.

A walker on a line starts in the middle and sees where it is and where the flag stands. It goes left or right; a step costs
a little, the flag pays. Nobody shows it the right way: actions that led to more reward than usual become more likely
(Williams, 1992).

Run: python examples/guides/policy_gradient.py
"""

import numpy as np

import glassworks as tf

keras = tf.keras
PLACES, LIMIT = 11, 12


class Line:
    """Many walkers at once, each with a flag of its own.

    Args:
        count: How many walkers.
        rng: Where the flags stand.
    """

    def __init__(self, count, rng):
        self.place = np.full(count, PLACES // 2)
        self.flag = rng.choice(np.delete(np.arange(PLACES), PLACES // 2), count)
        self.done = np.zeros(count, bool)

    def observe(self):
        return np.stack([self.place, self.flag], axis=1).astype("float32") / (PLACES - 1) - 0.5

    def step(self, action):
        """Move by -1 or 1, and the rewards of it; nothing happens to walkers that have arrived."""
        moving = ~self.done
        self.place = np.where(moving, np.clip(self.place + 2 * action - 1, 0, PLACES - 1), self.place)
        arrived = moving & (self.place == self.flag)
        self.done |= arrived
        return np.where(moving, -0.05, 0.0) + arrived


def play(policy, count, rng, greedy=False):
    """Episodes: what was seen, done and earned at each step, and whether it counted."""
    world, seen, done, earned, counts = Line(count, rng), [], [], [], []
    for _ in range(LIMIT):
        observation = world.observe()
        right = 1 / (1 + np.exp(-np.asarray(policy(observation))[:, 0]))
        action = (right > (0.5 if greedy else rng.random(count))).astype(int)
        counts.append(~world.done)
        seen.append(observation)
        done.append(action)
        earned.append(world.step(action))
    return np.array(seen), np.array(done), np.array(earned), np.array(counts)


def main() -> float:
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    policy = keras.Sequential([keras.Input(shape=(2,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)])
    optimizer = keras.optimizers.Adam(0.02)

    @tf.function
    def learn(observations, actions, advantages):
        with tf.GradientTape() as tape:
            surprise = tf.nn.sigmoid_cross_entropy_with_logits(labels=actions, logits=policy(observations)[:, 0])
            loss = tf.reduce_mean(surprise * advantages)
        gradients = tape.gradient(loss, policy.trainable_variables)
        optimizer.apply_gradients(zip(gradients, policy.trainable_variables, strict=True))
        return loss

    before = play(policy, 300, np.random.default_rng(1))[2].sum(axis=0).mean()
    for episode in range(40):
        seen, done, earned, counts = play(policy, 64, rng)
        # What is earned from a step on, compared with the others at the same step.
        following = np.cumsum(earned[::-1], axis=0)[::-1]
        advantage = (following - following.mean(axis=1, keepdims=True)) * counts
        learn(seen.reshape(-1, 2), done.reshape(-1).astype("float32"), advantage.reshape(-1).astype("float32"))
        if episode % 10 == 9:
            print(f"after {episode + 1} rounds: {earned.sum(axis=0).mean():.2f} earned per walk")
    _, _, earned, _ = play(policy, 300, np.random.default_rng(1), greedy=True)
    arrived = float(np.mean(earned.max(axis=0) > 0.5))
    print(f"earned per walk: {before:.2f} before, {earned.sum(axis=0).mean():.2f} after; {arrived:.0%} arrive")
    print("who always walks to one side arrives in half of all cases")
    return arrived


if __name__ == "__main__":
    main()
