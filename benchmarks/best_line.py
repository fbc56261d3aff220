"""How well the weights alone tell who is who: every pair that shares a key weighed, and the line that suits best.

Guards, which only send to a person, are left out, as in a batch linkage; whose values are rare is counted by the
clusters that a sync came to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.labelled import Labelled, f1
from hub.matching_model import shipped_model
from sell_model.matching.blocking import COUNTED, firm_keys, person_keys
from sell_model.matching.deciding import Judge
from sell_model.matching.profile import Profile, profile_of

CROWDED = 60
"""A key that more people bear, by the clusters of a sync, brings nobody together."""
LOWEST = -16.0
"""Bits below which no line is tried."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best that any line comes to."""

    pairwise_f1: float
    bcubed_f1: float
    bits: float
    """The line of the best pairwise F1."""


def best_line(labelled: Labelled, clusters: Mapping[str, int], *, companies: bool) -> Best:
    """Try every line, the surest pairs first."""
    ids = [id_ for id_, _ in labelled.drafts]
    profiles = [profile_of(draft) for _, draft in labelled.drafts]
    weighed = sorted(_weighed(profiles, [clusters[id_] for id_ in ids], companies=companies), reverse=True)
    growing = _Growing([labelled.truth[id_] for id_ in ids])
    best, bcubed, line = 0.0, growing.bcubed_f1, 0.0
    for number, (bits, one, other) in enumerate(weighed):
        growing.join(one, other)
        if number + 1 < len(weighed) and weighed[number + 1][0] == bits:
            continue
        bcubed = max(bcubed, growing.bcubed_f1)
        if growing.pairwise_f1 > best:
            best, line = growing.pairwise_f1, bits
    return Best(best, bcubed, line)


def _weighed(profiles: list[Profile], clusters: list[int], *, companies: bool) -> Iterator[tuple[float, int, int]]:
    bearers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, profile in enumerate(profiles):
        for key in dict.fromkeys((firm_keys if companies else person_keys)(profile)):
            bearers[key].append(number)
    rare = {key: len({clusters[number] for number in numbers}) for key, numbers in bearers.items()}
    model = shipped_model()
    weights = model.company if companies else model.person
    judge = Judge(
        weights, len(set(clusters)), lambda trait, value: float(rare.get((trait, value), 0)), lambda _: False, companies
    )
    met: set[tuple[int, int]] = set()
    for (kind, value), numbers in bearers.items():
        if kind not in COUNTED and rare[kind, value] <= CROWDED:
            met.update((a, b) for n, a in enumerate(numbers) for b in numbers[n + 1 :])
    for one, other in met:
        bits = judge.compare(profiles[one], profiles[other]).bits
        if bits >= LOWEST:
            yield round(bits, 3), one, other


class _Growing:
    """Clusters that grow pair by pair, with both measures kept in step."""

    def __init__(self, truth: list[str]) -> None:
        self._leader = list(range(len(truth)))
        self._holds = [Counter([true]) for true in truth]
        self._sizes = Counter(truth)
        self._records = len(truth)
        self._true_pairs = sum(n * (n - 1) // 2 for n in self._sizes.values())
        self._pairs = self._right = 0
        self._precision = float(len(truth))
        self._recall = sum(1 / self._sizes[true] for true in truth)

    def _find(self, number: int) -> int:
        while self._leader[number] != number:
            self._leader[number] = self._leader[self._leader[number]]
            number = self._leader[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Let two records' clusters be one."""
        mine, yours = self._find(one), self._find(other)
        if mine == yours:
            return
        if len(self._holds[mine]) < len(self._holds[yours]):
            mine, yours = yours, mine
        ours, theirs = self._holds[mine], self._holds[yours]
        self._count(ours, -1)
        self._count(theirs, -1)
        ours.update(theirs)
        self._count(ours, 1)
        self._holds[yours] = Counter()
        self._leader[yours] = mine

    def _count(self, cluster: Counter[str], sign: int) -> None:
        size = sum(cluster.values())
        self._pairs += sign * (size * (size - 1) // 2)
        self._right += sign * sum(n * (n - 1) // 2 for n in cluster.values())
        self._precision += sign * sum(n * n / size for n in cluster.values())
        self._recall += sign * sum(n * n / self._sizes[true] for true, n in cluster.items())

    @property
    def pairwise_f1(self) -> float:
        """Over all pairs inside clusters."""
        return f1(self._right / (self._pairs or 1), self._right / (self._true_pairs or 1))

    @property
    def bcubed_f1(self) -> float:
        """Over all records."""
        return f1(self._precision / self._records, self._recall / self._records)
