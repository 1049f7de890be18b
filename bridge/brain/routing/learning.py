"""Learns categories from vectors: logistic regression of a message's likeness to every example, in numpy. Pure; blocks
for a few seconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.brain.route import Category
from bridge.ports import Vectors

CATEGORIES = tuple(Category)
STRENGTH = 1e-5
"""Of what keeps the coefficients small; chosen, like the likeness, by cross-validation."""
FOLDS = 3
STEPS_MAX = 60
_MEMORY = 10
"""Steps that the search direction is made from."""
_FLAT = 1e-4
"""A gradient as small as this ends the search."""
_JITTER = 1e-6
"""Keeps the likeness of examples that say the same solvable."""
_TEMPERATURES = np.geomspace(0.5, 4.0, 43)

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a classifier knows: one row an example."""

    vectors: Vectors
    coefficients: NDArray[np.float32]
    """By category, for each example and, last, for any message."""

    def probabilities(self, vector: Vectors) -> dict[Category, float]:
        """How sure each category is for a unit vector; calibrated, they sum to 1."""
        scores = _likeness(vector[None, :], self.vectors) @ self.coefficients[:-1] + self.coefficients[-1]
        shares = _softmax(scores.astype(np.float64))[0]
        return dict(zip(CATEGORIES, shares.tolist(), strict=True))


def learn(vectors: Vectors, categories: Sequence[Category]) -> Learned:
    """The same for the same. How bold the probabilities may be is judged by examples that were not learned from."""
    likeness = _likeness(vectors, vectors).astype(np.float64)
    wanted = np.eye(len(CATEGORIES))[[CATEGORIES.index(category) for category in categories]]
    fold = np.arange(len(wanted)) % FOLDS
    scores = np.zeros_like(wanted)
    for held in range(FOLDS):
        known = fold != held
        coefficients = _fit(likeness[np.ix_(known, known)], wanted[known])
        scores[~known] = likeness[np.ix_(~known, known)] @ coefficients[:-1] + coefficients[-1]
    losses = [_loss(scores / temperature, wanted, _weights(wanted)) for temperature in _TEMPERATURES]
    temperature = _TEMPERATURES[int(np.argmin(losses))]
    return Learned(vectors, (_fit(likeness, wanted) / temperature).astype(np.float32))


def _likeness(some: Vectors, others: Vectors) -> NDArray[np.float32]:
    """1 for the same direction, and less the more they differ: close ones count far more than others."""
    near: NDArray[np.float32] = np.exp(some @ others.T - np.float32(1.0))
    return near


def _fit(likeness: Matrix, wanted: Matrix) -> Matrix:
    """The coefficients with the least loss."""
    points = np.linalg.cholesky(likeness + _JITTER * np.eye(len(likeness)))
    weights = _weights(wanted)

    def loss(rows: Matrix) -> tuple[float, Matrix]:
        scores = points @ rows[:-1] + rows[-1]
        value = _loss(scores, wanted, weights) + STRENGTH / 2 * float((rows[:-1] ** 2).sum())
        error = (_softmax(scores) - wanted) * weights
        return value, np.vstack([points.T @ error + STRENGTH * rows[:-1], error.sum(0)])

    rows = _least(loss, np.zeros((len(points) + 1, wanted.shape[1])))
    return np.vstack([np.linalg.solve(points.T, rows[:-1]), rows[-1]])


def _least(function: Callable[[Matrix], tuple[float, Matrix]], at: Matrix) -> Matrix:
    """Where a smooth convex function is least, by L-BFGS."""
    value, slope = function(at)
    moves: list[tuple[Matrix, Matrix]] = []
    for _ in range(STEPS_MAX):
        if np.abs(slope).max() < _FLAT:
            break
        direction = _downhill(slope, moves)
        falls = float((slope * direction).sum())
        size = 1.0 if moves else min(1.0, 1.0 / float(np.abs(slope).sum()))
        new_value, new_slope = function(at - size * direction)
        while new_value > value - 1e-4 * size * falls and size > 1e-8:
            size /= 2
            new_value, new_slope = function(at - size * direction)
        moved, turned = -size * direction, new_slope - slope
        if float((moved * turned).sum()) > 1e-12:
            moves = [*moves, (moved, turned)][-_MEMORY:]
        at, value, slope = at + moved, new_value, new_slope
    return at


def _downhill(slope: Matrix, moves: Sequence[tuple[Matrix, Matrix]]) -> Matrix:
    """The two loops of L-BFGS."""
    direction = slope.copy()
    shares: list[float] = []
    for moved, turned in reversed(moves):
        shares.append(float((moved * direction).sum() / (moved * turned).sum()))
        direction -= shares[-1] * turned
    if moves:
        moved, turned = moves[-1]
        direction *= float((moved * turned).sum() / (turned * turned).sum())
    for (moved, turned), share in zip(moves, reversed(shares), strict=True):
        direction += moved * (share - float((turned * direction).sum() / (moved * turned).sum()))
    return direction


def _softmax(scores: Matrix) -> Matrix:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _loss(scores: Matrix, wanted: Matrix, weights: Matrix) -> float:
    """The mean surprise, in nats."""
    return float(-(np.log((_softmax(scores) * wanted).sum(1, keepdims=True) + 1e-12) * weights).sum())


def _weights(wanted: Matrix) -> Matrix:
    """Every category counts the same, however many examples it has; they sum to 1."""
    rare = wanted @ (1.0 / np.maximum(wanted.sum(0), 1.0))
    weights: Matrix = (rare / rare.sum())[:, None]
    return weights
