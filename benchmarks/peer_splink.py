"""Splink on the same labelled set, with the same normal forms: its own environment, trained on the set itself."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.best_line import Growing, best_of
from benchmarks.environments import peer_python
from benchmarks.labelled import Labelled
from benchmarks.processes import timed
from sell_model.matching.firm_names import initials
from sell_model.matching.profile import Profile, profile_of

REQUIREMENTS = ("splink==5.0.0",)
SURE = 4.248
"""Bits of the odds of a probability of .95: what Splink's users take for a match."""
_TRAITS = (
    "first",
    "last",
    "suffix",
    "email",
    "company",
    "domain",
    "postcode",
    "city",
    "street",
    "title",
    "born",
    "number",
)
_DERIVED = ("id", "system", "name", "phone", "local", "mail_domain", "words", "token", "beginning", "initials")


def splink_figures(labelled: Labelled) -> dict[str, Any]:
    """Link a set by Splink; *best* and what probability .95 gives."""
    kind = "companies" if labelled.columns.is_of_companies else "people"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(labelled, folder / "rows.csv")
        script = Path(__file__).parent / "cases" / "splink_set.py"
        arguments = (str(folder / "rows.csv"), str(folder / "pairs.csv"), kind, "link" if labelled.linked else "dedupe")
        cost = timed(str(script), *arguments, python=peer_python("splink", *REQUIREMENTS))
        return _scored(labelled, folder / "pairs.csv") | {
            "seconds": round(cost.wall, 1), "cpu_seconds": round(cost.cpu, 1), "peak_mb": round(cost.peak_mb),
        }  # fmt: skip


def _write(labelled: Labelled, path: Path) -> None:
    systems = labelled.systems
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, [*_DERIVED, *_TRAITS])
        out.writeheader()
        for id_, draft in labelled.drafts:
            profile = profile_of(draft)
            traits = {trait: getattr(profile, trait) for trait in _TRAITS}
            out.writerow({"id": id_, "system": systems.get(id_, ""), **traits, **_derived(profile)})


def _derived(one: Profile) -> dict[str, str]:
    words = one.company.split()
    return {
        "name": f"{one.first} {one.last}" if one.first and one.last else "",
        "phone": one.phones[0] if one.phones else "",
        "local": one.local,
        "mail_domain": one.mail_domain,
        "words": " ".join(sorted(words)),
        "token": words[0] if words else "",
        "beginning": "".join(words)[:6],
        "initials": initials(one.company),
    }


def _pairs(path: Path, numbers: dict[str, int]) -> Iterator[tuple[float, int, int]]:
    with path.open(encoding="utf-8", newline="") as file:
        for one, other, weight in list(csv.reader(file))[1:]:
            if one in numbers and other in numbers:
                yield round(float(weight), 3), numbers[one], numbers[other]


def _scored(labelled: Labelled, path: Path) -> dict[str, Any]:
    ids = [id_ for id_, _ in labelled.drafts if id_ in labelled.truth]
    truth = [labelled.truth[id_] for id_ in ids]
    pairs = list(_pairs(path, {id_: number for number, id_ in enumerate(ids)}))
    sure = Growing(truth)
    for bits, one, other in pairs:
        if bits >= SURE:
            sure.join(one, other)
    return {
        "best": best_of(pairs, truth).to_json(),
        "at_95": {"precision": round(sure.precision, 4), "recall": round(sure.recall, 4)},
    }
