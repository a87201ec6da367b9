"""Who is who among many faces, and which of one person's to keep: pure functions, no input or output.

None of them depends on the order in which the faces come, but for faces that are alike to the last bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Embeddings, shape (faces, dimension), each of length 1."""

Evidence = NDArray[np.float64]
"""Log-likelihood ratios, in nats, that two faces are of one person; shape (faces, faces), symmetric."""


def groups_of(evidence: Evidence, bar: float, share: float) -> list[tuple[int, ...]]:
    """Return the faces sorted into people by their indices, the largest group first; every face is in one group.

    Average linkage: two groups are one where the mean evidence of all pairs between them reaches the bar, and `share`
    of what the pairs within them have. So nobody comes in through one face that resembles him, as he would by the
    nearest neighbour (chaining), and a look-alike stays out where the person's own pictures are much more alike.
    Whoever came in as part of a group, and does not reach the same against the rest of it by himself, is alone again.
    """
    groups = [[index] for index in range(len(evidence))]
    within = np.zeros(len(groups))
    link = evidence.astype(np.float64)
    np.fill_diagonal(link, -np.inf)
    while True:
        fitting = np.where(link >= _wanted(groups, within, bar, share), link, -np.inf)
        if not fitting.size or fitting.max() == -np.inf:
            break
        one, other = sorted(divmod(int(fitting.argmax()), len(groups)))
        within[one] = _within_both(within, link, groups, one, other)
        merged = np.average(link[[one, other]], axis=0, weights=(len(groups[one]), len(groups[other])))
        link[one], link[:, one] = merged, merged
        link[one, one] = -np.inf
        link[other], link[:, other] = -np.inf, -np.inf
        groups[one] += groups[other]
        groups[other] = []
    sifted = [part for group in groups if group for part in _sifted(evidence, sorted(group), bar, share)]
    return sorted(sifted, key=lambda group: (-len(group), group))


def _wanted(groups: list[list[int]], within: NDArray[np.float64], bar: float, share: float) -> NDArray[np.float64]:
    """Return the mean evidence between each two groups from which they are one; faces alone have nothing within."""
    several = np.array([len(group) > 1 for group in groups], np.float64)
    means = np.add.outer(within, within) / np.maximum(np.add.outer(several, several), 1.0)
    return np.maximum(bar, share * means)


def _within_both(within: NDArray[np.float64], link: Evidence, groups: list[list[int]], one: int, other: int) -> float:
    """Return the mean evidence of all pairs within two groups that become one."""
    first, second = len(groups[one]), len(groups[other])
    pairs = [first * (first - 1) / 2, second * (second - 1) / 2, first * second]
    return float(np.average([within[one], within[other], link[one, other]], weights=pairs))


def _sifted(evidence: Evidence, group: list[int], bar: float, share: float) -> list[tuple[int, ...]]:
    """Return a group, and each by itself those who do not belong to the rest of it, the least fitting taken first."""
    alone = []
    while len(group) > 1:
        among = evidence[np.ix_(group, group)]
        sums = among.sum(axis=1) - among.diagonal()
        worst = int(sums.argmin())
        others = len(group) - 1
        rest = (sums.sum() - 2 * sums[worst]) / (others * (others - 1)) if others > 1 else 0.0
        if sums[worst] / others >= max(bar, share * rest):
            break
        alone.append((group.pop(worst),))
    return [tuple(group), *alone]


def distinct(vectors: Vectors, quality: NDArray[np.float64], alike: float) -> dict[int, int]:
    """Return for every face which one stands for it: a better one with a cosine above `alike`, else itself.

    quality: shape (faces,), any scale, the better the higher.
    """
    standing: list[int] = []
    stands_for: dict[int, int] = {}
    for index in sorted(range(len(vectors)), key=lambda index: (-quality[index], index)):
        cosines = vectors[standing] @ vectors[index]
        if standing and cosines.max() > alike:
            stands_for[index] = standing[int(cosines.argmax())]
        else:
            standing.append(index)
            stands_for[index] = index
    return stands_for


def spread(vectors: Vectors, quality: NDArray[np.float64], most: int, there: Vectors) -> list[int]:
    """Return up to `most` faces that, with those that are there already, stand for all of one person's, the best first.

    Greedy facility location (Cornuéjols, Fisher and Nemhauser, Management Science 23, 1977): next comes the one that
    brings all faces, in sum, nearest to a chosen one; the first is the one most like all others. Looking for the
    farthest instead would choose first what fits least: bad pictures, and whoever is among them by mistake.
    quality: shape (faces,), in (0, 1]; a gain counts by it. there: shape (any, dimension).
    """
    likeness = np.clip((vectors @ vectors.T).astype(np.float64), 0.0, 1.0)
    reached = np.clip((vectors @ there.T).astype(np.float64), 0.0, 1.0).max(axis=1, initial=0.0)
    chosen: list[int] = []
    while len(chosen) < min(most, len(vectors)):
        gains = np.maximum(likeness - reached, 0.0).sum(axis=1) * quality
        gains[chosen] = -1.0
        best = int(gains.argmax())
        chosen.append(best)
        reached = np.maximum(reached, likeness[best])
    return chosen
