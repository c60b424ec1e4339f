"""A linear programme, put together piece by piece and solved by HiGHS."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

Variable = int
Terms = Iterable[tuple[Variable, float]]


class Unsolved(Exception):
    """The solver gave no optimum. Both bounds have one: to serve nobody is allowed."""


@dataclass(slots=True)
class _Rows:
    """One side of the constraints, as triples of a sparse matrix."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    factors: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def add(self, terms: Terms, limit: float) -> int:
        for variable, factor in terms:
            self.rows.append(self.count)
            self.columns.append(variable)
            self.factors.append(factor)
        self.limits.append(limit)
        self.count += 1
        return self.count - 1

    def matrix(self, width: int) -> csr_matrix:
        shape = (self.count, width)
        return csr_matrix((self.factors, (self.rows, self.columns)), shape=shape)


@dataclass(frozen=True, slots=True)
class Solution:
    """prices: of each `at_most` row, by its number: what one more of its limit would bring."""

    optimum: float
    prices: NDArray[np.float64]


class Programme:
    """Variables are never negative."""

    def __init__(self) -> None:
        self._upper: list[float] = []
        self._at_most = _Rows()
        self._equal = _Rows()

    def variable(self, *, upper: float = np.inf) -> Variable:
        self._upper.append(upper)
        return len(self._upper) - 1

    def at_most(self, terms: Terms, limit: float) -> int:
        """The number of the row."""
        return self._at_most.add(terms, limit)

    def balance(self, terms: Terms) -> None:
        """The terms sum to nothing."""
        self._equal.add(terms, 0.0)

    def maximise(self, objective: Mapping[Variable, float]) -> Solution:
        """Raises Unsolved when there is no optimum."""
        if not objective:  # nothing can be gained, and the solver wants variables
            return Solution(0.0, np.zeros(self._at_most.count))
        width = len(self._upper)
        cost = np.zeros(width)
        for variable, factor in objective.items():
            cost[variable] = -factor
        result = linprog(
            cost,
            A_ub=self._at_most.matrix(width),
            b_ub=self._at_most.limits,
            A_eq=self._equal.matrix(width),
            b_eq=self._equal.limits,
            bounds=np.column_stack((np.zeros(width), self._upper)),
            method="highs-ipm",
        )
        if not result.success:
            raise Unsolved(result.message)
        return Solution(-float(result.fun), -np.asarray(result.ineqlin.marginals))
