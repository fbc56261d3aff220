"""One labelled set judged: taken in by a hub, by its best line, by exact keys and by Splink."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.best_line import best_line
from benchmarks.labelled import Labelled, Score, score
from benchmarks.peer_splink import splink_figures
from benchmarks.processes import timed
from benchmarks.stored_matching import Stored, read_back, settle
from sell_model.matching.profile import Profile, profile_of


def judged(labelled: Labelled, folder: Path, *, splink: bool = True) -> dict[str, Any]:
    """Judge a set and give its figures.

    Args:
        folder: an empty one, where the hub's home is made.
    """
    home = folder / "home"
    settle(home)
    cost = timed("benchmarks.cases.land_set", str(home), str(labelled.records))
    stored = read_back(home, companies=labelled.columns.is_of_companies)
    return {
        "set": labelled.name,
        "records": len(stored.clusters),
        "best": best_line(labelled, stored.clusters).to_json(),
        "auto": figures(score(labelled.truth, stored.clusters)),
        "auto_and_review": _with_review(labelled, stored),
        "traps": _traps(labelled, stored.clusters),
        "seconds": round(cost.wall, 2),
        "cpu_seconds": round(cost.cpu, 2),
        "peak_mb": round(cost.peak_mb),
        "exact": figures(score(labelled.truth, by_exact_keys(labelled))),
        "splink": _peer(labelled) if splink else None,
        "remarks": list(labelled.remarks),
    }


def _peer(labelled: Labelled) -> dict[str, Any]:
    """Splink's figures; where it fails, or cannot be installed here, what it said: ours stand without them."""
    try:
        return splink_figures(labelled)
    except (RuntimeError, subprocess.CalledProcessError) as error:
        return {"error": str(error)}


def figures(found: Score) -> dict[str, float]:
    """Give a score as it is printed."""
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "pairwise_f1": round(found.f1, 4),
        "bcubed_f1": round(found.bcubed_f1, 4),
    }


def _with_review(labelled: Labelled, stored: Stored) -> dict[str, float]:
    """What the clusters are once a person has said of every pair asked about whether it is one."""
    answered = score(labelled.truth, answered_rightly(labelled.truth, stored))
    asked = {newer for _, newer in stored.asked}
    return {
        "precision": round(answered.precision, 4),
        "recall": round(answered.recall, 4),
        "review_share": round(len(asked) / len(stored.clusters), 4),
    }


def answered_rightly(truth: Mapping[str, str], stored: Stored) -> dict[str, int]:
    """Join what a person would say is one, of what is asked: two who share a true cluster."""
    holds: dict[int, set[str]] = defaultdict(set)
    for id_, true in truth.items():
        holds[stored.clusters[id_]].add(true)
    same = (pair for pair in stored.asked if holds[pair[0]] & holds[pair[1]])
    return _joined({id_: stored.clusters[id_] for id_ in truth}, same)


def _joined(clusters: Mapping[str, int], pairs: Iterable[tuple[int, int]]) -> dict[str, int]:
    leader: dict[int, int] = {}

    def find(one: int) -> int:
        while leader.setdefault(one, one) != one:
            leader[one] = one = leader[leader[one]]
        return one

    for one, other in pairs:
        leader[find(one)] = find(other)
    return {id_: find(cluster) for id_, cluster in clusters.items()}


def _traps(labelled: Labelled, clusters: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {
        trap: {"pairs": len(pairs), "wrongly_merged": sum(clusters[a] == clusters[b] for a, b in pairs)}
        for trap, pairs in sorted(labelled.traps.items())
    }


def by_exact_keys(labelled: Labelled) -> dict[str, int]:
    """Join whoever shares an exact key, in the hub's own normal forms."""
    keys = _firm_keys if labelled.columns.is_of_companies else _person_keys
    first: dict[str, int] = {}
    pairs: list[tuple[int, int]] = []
    numbers: dict[str, int] = {}
    for number, (id_, draft) in enumerate(labelled.drafts):
        numbers[id_] = number
        pairs += [(number, first.setdefault(key, number)) for key in keys(profile_of(draft))]
    return _joined(numbers, pairs)


def _person_keys(one: Profile) -> list[str]:
    return [key for key in (one.email, *one.phones, one.number) if key]


def _firm_keys(one: Profile) -> list[str]:
    return [key for key in (one.domain, *one.phones) if key]
