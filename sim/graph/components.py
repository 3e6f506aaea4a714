"""Connected components: who can be reached from whom, with or without regard to direction."""

from __future__ import annotations

import numpy as np

from sim._numba import njit
from sim.graph.csr import Csr, Int32, Int64, group
from sim.graph.follower_graph import FollowerGraph

__all__ = ["members_of_components", "strong_components", "weak_components"]


@njit
def _weak(out: Csr, into: Csr) -> tuple[Int32, int]:
    offsets, followees = out
    in_offsets, followers = into
    size = len(offsets) - 1
    component = np.full(size, -1, np.int32)
    queue = np.empty(size, np.int32)
    number = 0
    for root in range(size):
        if component[root] >= 0:
            continue
        component[root] = number
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            v = queue[head]
            head += 1
            for side in range(2):
                ends, others = (offsets, followees) if side == 0 else (in_offsets, followers)
                for i in range(ends[v], ends[v + 1]):
                    u = others[i]
                    if component[u] < 0:
                        component[u] = number
                        queue[tail] = u
                        tail += 1
        number += 1
    return component, number


@njit
def _strong(out: Csr) -> tuple[Int32, int]:
    """Tarjan's algorithm without recursion; a component gets its number when its last member is left."""
    offsets, followees = out
    size = len(offsets) - 1
    component = np.full(size, -1, np.int32)
    index = np.full(size, -1, np.int32)
    low = np.empty(size, np.int32)
    cursor = offsets[:-1].copy()
    path = np.empty(size, np.int32)
    waiting = np.empty(size, np.int32)
    visited, number, height, held = 0, 0, 0, 0
    for root in range(size):
        if index[root] >= 0:
            continue
        path[0], height = root, 1
        while height > 0:
            v = path[height - 1]
            if index[v] < 0:
                index[v] = low[v] = visited
                visited += 1
                waiting[held] = v
                held += 1
            deeper = False
            while cursor[v] < offsets[v + 1]:
                w = followees[cursor[v]]
                cursor[v] += 1
                if index[w] < 0:
                    path[height] = w
                    height += 1
                    deeper = True
                    break
                if component[w] < 0:
                    low[v] = min(low[v], index[w])
            if deeper:
                continue
            height -= 1
            if height > 0:
                low[path[height - 1]] = min(low[path[height - 1]], low[v])
            if low[v] == index[v]:
                while True:
                    held -= 1
                    component[waiting[held]] = number
                    if waiting[held] == v:
                        break
                number += 1
    return component, number


def weak_components(graph: FollowerGraph) -> tuple[Int32, int]:
    """Components without regard to direction: the number of each row's, int32[n], and how many there are.

    They are numbered by their first rows.
    """
    return _weak(graph.out, graph.into)


def strong_components(graph: FollowerGraph) -> tuple[Int32, int]:
    """Components within which everybody reaches everybody along arcs: numbers, int32[n], and how many there are.

    No arc leads from a component to one of a higher number (Tarjan, "Depth-first search and linear graph
    algorithms", SIAM Journal on Computing 1, 1972).
    """
    return _strong(graph.out_as_shown())


def members_of_components(component: Int32, number: int) -> tuple[Int64, Int32]:
    """Offsets and rows of the components, int64[number + 1] and int32[n]."""
    return group(component, np.arange(len(component), dtype=np.int32), number)
