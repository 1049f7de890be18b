"""Cosines of a query with every chunk. Pure; knows rows, no text.

Above `INT8_ROWS_MIN` rows a quarter of the memory is read: int8 rows rank, and the best are weighed again exactly.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.ports import Vectors

INT8_ROWS_MIN = 10_000
BLOCK_ROWS = 1_024
"""Rows turned into float32 at a time: small enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Unit rows, exact and, when there are many, also coarse. Coarse row `i` is about `coarse[i] * scales[i]`."""

    exact: Vectors
    coarse: NDArray[np.int8]
    """Empty when there are few rows."""
    scales: NDArray[np.float32]

    def cosines(self, query: Vectors) -> Vectors:
        """One for every row; off by about .001 when the rows are coarse."""
        if not len(self.coarse):
            return np.asarray(self.exact @ query)
        cosines = np.empty(len(self.coarse), np.float32)
        block = np.empty((BLOCK_ROWS, self.coarse.shape[1]), np.float32)
        for start in range(0, len(self.coarse), BLOCK_ROWS):
            rows = self.coarse[start : start + BLOCK_ROWS]
            np.copyto(block[: len(rows)], rows)
            np.dot(block[: len(rows)], query, out=cosines[start : start + len(rows)])
        cosines *= self.scales
        return cosines

    def exact_cosines(self, query: Vectors, rows: NDArray[Any]) -> Vectors:
        """Of these rows only. `take` lets other threads run while it waits for the disk, `exact[rows]` does not."""
        return np.asarray(np.take(self.exact, rows, axis=0) @ query)


def coarsened(exact: Vectors) -> Rows:
    """The rows with their coarse copies, if there are enough of them to need it."""
    if len(exact) < INT8_ROWS_MIN or not exact.shape[1]:
        return Rows(exact, np.zeros((0, exact.shape[1]), np.int8), np.zeros(0, np.float32))
    scales = np.maximum(np.abs(exact).max(axis=1), np.finfo(np.float32).tiny) / 127.0
    return Rows(exact, np.rint(exact / scales[:, None]).astype(np.int8), scales.astype(np.float32))
