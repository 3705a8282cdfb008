"""Fisher's exact test of a table of any size: as a network where that is quick, else by random tables.

The tables with the observed margins are walks through a network: a node is what is left of the column sums after
some rows, an edge is one more row. Bounds of what the rest of a walk can add tell, mostly early, that all of its
continuations are at most as likely as the observed table (the walk's whole probability counts) or that none is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_RANDOM_TABLES = 100_000
MONTE_CARLO_SEED = 2022
_MAX_EDGES = 4_000_000  # of the whole network, at most 700 MB and 1 s
_MAX_STEPS = 100_000_000  # edges walked, about 3 s
_MAX_WALKS = 6_000_000  # that go on after a row, about 500 MB
_CHUNK = 1_000_000  # edges walked at once
_KEY_BITS = 62  # a node's column sums are told apart by one whole number
_TIE = 1e-7  # tables whose log-probability is this near to the observed one are as likely, as in R
_SAME = 1e-8  # walks to one node with log-probabilities this near are one


@dataclass(frozen=True, slots=True)
class FisherP:
    """The p value of a table.

    Attributes
    ----------
    p_value : float in [0, 1]
    standard_error : float
        0 where it is exact; of the simulation where random tables were drawn.
    n_tables : int
        Random tables drawn; 0 where p is exact.
    """

    p_value: float
    standard_error: float = 0.0
    n_tables: int = 0


def fisher_p(counts: Ints, rng: Generator | None = None) -> FisherP:
    """Return the two-sided p: the probability, given the margins, of all tables at most as likely as this one.

    Parameters
    ----------
    counts : ndarray of int, shape (rows, columns)
        No empty row or column.
    rng : Generator, optional
        For random tables; by default a new one of seed ``MONTE_CARLO_SEED``, so that p follows from the counts.

    Returns
    -------
    FisherP
        Exact where `exact_p` can, else simulated with ``N_RANDOM_TABLES`` tables.
    """
    p_value = exact_p(counts)
    if p_value is not None:
        return FisherP(p_value)
    return random_p(counts, np.random.default_rng(MONTE_CARLO_SEED) if rng is None else rng)


def random_p(counts: Ints, rng: Generator, n_tables: int = N_RANDOM_TABLES) -> FisherP:
    """Return p from random tables with the observed margins, the observed one counted among them.

    References
    ----------
    R ``fisher.test(simulate.p.value = TRUE)``: (1 + tables at most as likely) / (1 + tables).
    """
    from scipy.stats import random_table

    log_factorial = _log_factorial(int(counts.sum()))
    margins = random_table(counts.sum(axis=1), counts.sum(axis=0))
    observed = -log_factorial[counts].sum() + _TIE
    n_as_rare, left = 0, n_tables
    while left > 0:
        n = min(left, 10_000)
        drawn = margins.rvs(size=n, random_state=rng).astype(np.int64)
        n_as_rare += int(np.count_nonzero(-log_factorial[drawn].sum(axis=(1, 2)) <= observed))
        left -= n
    p_value = (1.0 + n_as_rare) / (1.0 + n_tables)
    return FisherP(p_value, float((p_value * (1.0 - p_value) / n_tables) ** 0.5), n_tables)


def exact_p(counts: Ints) -> float | None:
    """Return the exact p, or None where the network is too large.

    Measured on 20 random tables of each size: all of 12 x 2, 5 x 3 and 6 x 3 with 139 patients (at most 1.5 s of CPU)
    and of 4 x 4 with 80; nearly all of 8 x 3 with 139 and of 5 x 5 with 60; a part of 8 x 2 with 500 and of 4 x 4
    with 139.

    References
    ----------
    Mehta CR, Patel NR. J Am Stat Assoc 1983;78:427-434 (the network); equal to R ``fisher.test``.
    """
    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    if table.shape[1] * np.log2(table.sum() + 1) > _KEY_BITS:
        return None
    log_factorial = _log_factorial(int(table.sum()))
    # small rows first: few walks while the bounds are wide
    network = _network(np.sort(table.sum(axis=1)), table.sum(axis=0), log_factorial)
    if network is None:
        return None
    return _walk(network, float(-log_factorial[table].sum() + _TIE))


def _log_factorial(n: int) -> Floats:
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(n + 1) + 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Stage:
    """The edges of one row, ordered by the node they leave, and bounds at the nodes they reach.

    ``log_length`` is minus the sum of the row's log factorials: the part of the table's log-probability that varies.
    ``probability`` is that of the row, given the columns that are left.
    """

    first: Ints  # of each node's edges; one more at the end
    reached: Ints
    log_length: Floats
    probability: Floats
    most: Floats  # largest and smallest sum of log lengths to the end, per node reached
    least: Floats


def _network(row_sums: Ints, column_sums: Ints, log_factorial: Floats) -> list[_Stage] | None:
    """Build the network row by row, then the bounds from its end; None where it has too many edges."""
    nodes = np.sort(column_sums)[np.newaxis, :]
    edges: list[tuple[Ints, Ints, Floats, Floats]] = []
    room = _MAX_EDGES
    for row_sum in row_sums:
        listed = _rows_within(nodes, int(row_sum), room)
        if listed is None:
            return None
        room -= len(listed[0])
        nodes, found = _edges(nodes, *listed, log_factorial)
        edges.append(found)
    stages = []
    most = least = np.zeros(1)
    for leaves, reached, length, probability in reversed(edges):
        first = np.searchsorted(leaves, np.arange(leaves[-1] + 2))
        stages.append(_Stage(first, reached, length, probability, most, least))
        most = np.maximum.reduceat(length + most[reached], first[:-1])
        least = np.minimum.reduceat(length + least[reached], first[:-1])
    return stages[::-1]


def _edges(
    nodes: Ints, leaves: Ints, rows: Ints, log_factorial: Floats
) -> tuple[Ints, tuple[Ints, Ints, Floats, Floats]]:
    """Return the nodes that the rows lead to, and the edges; columns may change places, equal edges are one."""
    left = nodes[leaves]
    n_left, n_row = int(nodes[0].sum()), int(rows[0].sum())
    length = -log_factorial[rows].sum(axis=1)
    after = left - rows
    log_p = (log_factorial[left] - log_factorial[after]).sum(axis=1) + length
    log_p += log_factorial[n_row] + log_factorial[n_left - n_row] - log_factorial[n_left]
    places = (n_left + 1) ** np.arange(nodes.shape[1])
    _, chosen, reached = np.unique(np.sort(after, axis=1) @ places, return_index=True, return_inverse=True)
    order, starts = _same(leaves * len(chosen) + reached, length)
    kept = order[starts]
    probability = np.add.reduceat(np.exp(log_p[order]), starts)
    return np.sort(after[chosen], axis=1), (leaves[kept], reached[kept], length[kept], probability)


def _same(key: Ints, length: Floats) -> tuple[Ints, Ints]:
    """Return an order by key and length, and where in it a new key or another length starts."""
    rounded = np.round(length / _SAME).astype(np.int64)
    order = np.lexsort((rounded, key))
    key, rounded = key[order], rounded[order]
    is_new = np.ones(order.size, dtype=bool)
    is_new[1:] = (key[1:] != key[:-1]) | (rounded[1:] != rounded[:-1])
    return order, np.flatnonzero(is_new)


def _walk(network: list[_Stage], observed: float) -> float | None:
    """Sum the probability of the walks that are at most ``observed`` long; None where there are too many."""
    p_value, room = 0.0, _MAX_STEPS
    node, length, probability = np.zeros(1, dtype=np.int64), np.zeros(1), np.ones(1)
    for stage in network:
        n_edges = (stage.first[1:] - stage.first[:-1])[node]
        room -= int(n_edges.sum())
        if room < 0:
            return None
        going: list[tuple[Ints, Floats, Floats]] = []
        for walk, edge in _steps(stage.first[node], n_edges):
            reached = stage.reached[edge]
            walked = length[walk] + stage.log_length[edge]
            p = probability[walk] * stage.probability[edge]
            is_in = walked + stage.most[reached] <= observed
            p_value += float(p[is_in].sum())
            goes_on = ~is_in & (walked + stage.least[reached] <= observed)
            going.append((reached[goes_on], walked[goes_on], p[goes_on]))
            if sum(len(part[0]) for part in going) > _MAX_WALKS:
                return None
        node, length, probability = (np.concatenate(parts) for parts in zip(*going, strict=True))
        if node.size == 0:
            break
        order, starts = _same(node, length)
        node, length = node[order[starts]], length[order[starts]]
        probability = np.add.reduceat(probability[order], starts)
    return min(1.0, p_value)


def _steps(first: Ints, n_edges: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield the next steps of all walks, some at a time: which walk, along which edge."""
    ends = np.cumsum(n_edges)
    start = 0
    while start < n_edges.size:
        done = ends[start] - n_edges[start]
        stop = max(start + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
        walk = np.repeat(np.arange(start, stop), n_edges[start:stop])
        nth = np.arange(walk.size) - (ends - n_edges)[walk] + done
        yield walk, first[walk] + nth
        start = stop


def _rows_within(nodes: Ints, row_sum: int, max_rows: int) -> tuple[Ints, Ints] | None:
    """List the rows of this sum with no cell above what is left, and their nodes; None if more than ``max_rows``."""
    leaves = np.arange(nodes.shape[0])
    rows = np.zeros((nodes.shape[0], 0), dtype=np.int64)
    rest = np.full(nodes.shape[0], row_sum)
    for column in range(nodes.shape[1]):
        later = nodes[leaves, column + 1 :].sum(axis=1)
        low = np.maximum(0, rest - later)
        n_choices = np.maximum(0, np.minimum(rest, nodes[leaves, column]) - low + 1)
        if n_choices.sum() > max_rows:
            return None
        index = np.repeat(np.arange(leaves.size), n_choices)
        cell = low[index] + np.arange(index.size) - np.repeat(np.cumsum(n_choices) - n_choices, n_choices)
        rows = np.column_stack([rows[index], cell])
        leaves, rest = leaves[index], rest[index] - cell
    return leaves, rows
