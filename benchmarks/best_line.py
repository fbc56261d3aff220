"""How well the weights alone tell who is who: every pair that shares a key weighed, and the line that suits best.

Guards, which only send to a person, are left out, as in a batch linkage; whose values are rare is counted by the
clusters that a sync came to.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
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

    def to_json(self) -> dict[str, float]:
        """Give the figures, rounded."""
        return {
            "pairwise_f1": round(self.pairwise_f1, 4), "bcubed_f1": round(self.bcubed_f1, 4), "bits": self.bits,
        }  # fmt: skip


def best_line(labelled: Labelled, clusters: Mapping[str, int]) -> Best:
    """Weigh every pair that shares a key, and try every line."""
    measured = [(id_, draft) for id_, draft in labelled.drafts if id_ in labelled.truth]
    profiles = [profile_of(draft) for _, draft in measured]
    ours = [clusters[id_] for id_, _ in measured]
    weighed = _weighed(profiles, ours, companies=labelled.columns.is_of_companies)
    if labelled.linked:
        systems = [labelled.systems[id_] for id_, _ in measured]
        weighed = ((bits, a, b) for bits, a, b in weighed if systems[a] != systems[b])
    return best_of(weighed, [labelled.truth[id_] for id_, _ in measured])


def best_of(pairs: Iterable[tuple[float, int, int]], truth: list[str]) -> Best:
    """Join the surest pairs first, and look after each step how right the clusters are.

    Args:
        pairs: bits, and the numbers of two records.
        truth: the true cluster of each record, by its number.
    """
    weighed = sorted(pairs, reverse=True)
    growing = Growing(truth)
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


class Growing:
    """Clusters that grow pair by pair, with both measures kept in step."""

    def __init__(self, truth: list[str]) -> None:
        self._leader = list(range(len(truth)))
        self._holds = [Counter([true]) for true in truth]
        self._squares = [1] * len(truth)
        """Of each cluster: over the true clusters in it, the sum of its records of that one, squared."""
        self._sizes = [1] * len(truth)
        self._true_sizes = Counter(truth)
        self._true_pairs = sum(n * (n - 1) // 2 for n in self._true_sizes.values())
        self._pairs = self._right = 0
        self._b_precision = float(len(truth))
        self._b_recall = sum(1 / self._true_sizes[true] for true in truth)

    def _find(self, number: int) -> int:
        while self._leader[number] != number:
            self._leader[number] = self._leader[self._leader[number]]
            number = self._leader[number]
        return number

    def join(self, one: int, other: int) -> None:
        """Let two records' clusters be one; costs as much as the one that holds fewer true clusters is large."""
        mine, yours = self._find(one), self._find(other)
        if mine == yours:
            return
        if len(self._holds[mine]) < len(self._holds[yours]):
            mine, yours = yours, mine
        ours, theirs = self._holds[mine], self._holds[yours]
        shared = {true: ours[true] * n for true, n in theirs.items() if true in ours}
        right = sum(shared.values())
        squares = self._squares[mine] + self._squares[yours] + 2 * right
        size = self._sizes[mine] + self._sizes[yours]
        self._pairs += self._sizes[mine] * self._sizes[yours]
        self._right += right
        self._b_precision += squares / size - sum(self._squares[c] / self._sizes[c] for c in (mine, yours))
        self._b_recall += sum(2 * n / self._true_sizes[true] for true, n in shared.items())
        ours.update(theirs)
        self._squares[mine], self._sizes[mine] = squares, size
        self._holds[yours] = Counter()
        self._leader[yours] = mine

    @property
    def precision(self) -> float:
        """Of the pairs inside clusters, those that are right."""
        return self._right / self._pairs if self._pairs else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs, those inside clusters."""
        return self._right / (self._true_pairs or 1)

    @property
    def pairwise_f1(self) -> float:
        """Over all pairs inside clusters."""
        return f1(self.precision, self.recall)

    @property
    def bcubed_f1(self) -> float:
        """Over all records."""
        return f1(self._b_precision / len(self._leader), self._b_recall / len(self._leader))
