"""How well weighed evidence tells who is who, on labelled sets: record by record, as they come.

    python -m benchmarks.matching [--sets fake_1000,febrl3] [--records R.csv --truth T.csv [--traps traps.csv]] [--json]

The sets lie in ../shared/er where that is at hand. *auto* is what is joined without a person; with
*review*, what a person would be asked about counts as answered rightly. The records are judged by
`sell_model.matching` in memory; the sync still finds people by keys, and will by this.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.labelled import Labelled, Score, read_set, score
from hub.matching_model import shipped_model
from sell_model.matching.blocking import COUNTED, crowd, firm_keys, person_keys
from sell_model.matching.deciding import Judge, Likeness
from sell_model.matching.profile import Profile, profile_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "er"
SETS = ("fake_1000", "febrl3", "febrl4", "historical_50k", "restaurant", "orgs_hard", "patstat_names")
COMMON_NAME = 6


@dataclass(slots=True)
class Memory:
    """All records so far, their keys and who they were taken for."""

    companies: bool
    clusters: dict[str, int] = field(default_factory=dict)
    asked: dict[str, tuple[Likeness, ...]] = field(default_factory=dict)
    _bearers: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    _members: dict[int, list[Profile]] = field(default_factory=lambda: defaultdict(list))
    _known: int = 0

    def take(self, id_: str, profile: Profile) -> None:
        """Decide who a record is, and remember it."""
        keys = list(dict.fromkeys((firm_keys if self.companies else person_keys)(profile)))
        few = [self._bearers[key] for key in keys if key[0] not in COUNTED and len(self._bearers[key]) <= crowd(key[0])]
        met = {identity: self._members[identity] for bearers in few for identity in sorted(bearers)}
        model = shipped_model()
        weights = model.company if self.companies else model.person
        judge = Judge(weights, self._known, self._rarity, self._is_common, self.companies)
        decision = judge.decide(profile, met, self._members.__getitem__)
        identity = decision.identity_id
        if identity is None:
            self._known += 1
            identity = self._known
            self.asked[id_] = decision.review
        self.clusters[id_] = identity
        self._members[identity].append(profile)
        for key in keys:
            self._bearers[key].add(identity)

    def _rarity(self, trait: str, value: str) -> float:
        return float(len(self._bearers[trait, value]))

    def _is_common(self, given: str) -> bool:
        return len(self._bearers["given", given]) >= COMMON_NAME


def measured(labelled: Labelled) -> dict[str, Any]:
    """Judge a set and give its figures."""
    companies = bool(labelled.drafts[0][1].fields.get("is_organization"))
    memory, began = Memory(companies), time.process_time()
    for id_, draft in labelled.drafts:
        memory.take(id_, profile_of(draft))
    seconds = time.process_time() - began
    auto = score(labelled.truth, memory.clusters)
    answered = score(labelled.truth, _answered(labelled, memory))
    traps = {
        trap: {"pairs": len(pairs), "wrongly_merged": sum(memory.clusters[a] == memory.clusters[b] for a, b in pairs)}
        for trap, pairs in sorted(labelled.traps.items())
    }
    return {
        "set": labelled.name,
        "records": len(labelled.drafts),
        "auto": _figures(auto),
        "auto_and_review": {
            "recall": round(answered.recall, 4),
            "review_share": round(sum(map(bool, memory.asked.values())) / len(labelled.drafts), 4),
        },
        "traps": traps,
        "seconds": round(seconds, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _figures(found: Score) -> dict[str, float]:
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "pairwise_f1": round(found.f1, 4),
        "bcubed_f1": round(found.bcubed_f1, 4),
    }


def _answered(labelled: Labelled, memory: Memory) -> dict[str, int]:
    """Join what a person would say is one, of what they would be asked about."""
    holds: dict[int, set[str]] = defaultdict(set)
    for id_, identity in memory.clusters.items():
        holds[identity].add(labelled.truth[id_])
    leader = {identity: identity for identity in holds}

    def find(identity: int) -> int:
        while leader[identity] != identity:
            identity = leader[identity]
        return identity

    for id_, asked in memory.asked.items():
        for likeness in asked:
            if labelled.truth[id_] in holds[likeness.identity_id]:
                leader[find(memory.clusters[id_])] = find(likeness.identity_id)
    return {id_: find(identity) for id_, identity in memory.clusters.items()}


def main() -> None:
    """Print a line per set, or one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--records", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--traps", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.records is not None:
        sets = [(given.records.parent.name, given.records, given.truth, given.traps)]
    else:
        names = [name for name in given.sets.split(",") if (SHARED / name).is_dir()]
        sets = [(name, SHARED / name / "records.csv", SHARED / name / "truth.csv", None) for name in names]
    if not sets:
        raise SystemExit("no set is at hand: give one with --records and --truth")
    for each in sets:
        found = measured(read_set(*each))
        print(json.dumps(found) if given.json else _line(found))


def _line(found: dict[str, Any]) -> str:
    auto, both = found["auto"], found["auto_and_review"]
    wrong = ", ".join(f"{trap} {t['wrongly_merged']}/{t['pairs']}" for trap, t in found["traps"].items())
    return (
        f"{found['set']:16} {found['records']:>7,} auto P {auto['precision']:.4f} R {auto['recall']:.4f} "
        f"B3 {auto['bcubed_f1']:.4f}  with review R {both['recall']:.4f} asking {both['review_share']:.1%}  "
        f"{found['seconds']:.1f} s{f'  wrong: {wrong}' if wrong else ''}"
    )


if __name__ == "__main__":
    main()
