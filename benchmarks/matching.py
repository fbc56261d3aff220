"""How well the hub tells who is who, on labelled sets, beside Splink and exact keys in the same run.

    python -m benchmarks.matching [--sets fake_1000,gen_10k] [--rows 1000000] [--seeds 1,2,3] [--json]
    python -m benchmarks.matching --records R.csv --truth T.csv [--traps traps.csv] [--json]

The sets lie in ../shared/er; leads and firms are made by its generator (gen_10k, gen_100k, and as many as --rows says),
with every seed. Each set lands in a store of its own by the code of a sync, in batches of 1,000, in a process of its
own: *auto* is what the store holds then, *review* what a person would be asked (counted as answered rightly), seconds
and peak memory are that process's. *best* moves the line over all pairs that share a key and leaves out the guards that
only send to a person: it is to compare with Splink, which is trained on the set and judged by its best line too.
*exact* joins whoever shares an e-mail address, a phone or a number of the state (companies: a domain or a phone).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generated import GENERATOR, SHARED, generated
from benchmarks.judged_set import judged
from benchmarks.labelled import read_set
from benchmarks.matching_table import heading, line

SETS = ("fake_1000", "febrl3", "febrl4", "historical_50k", "restaurant", "orgs_hard", "patstat_names")
GENERATED = {"gen_10k": 10_000, "gen_100k": 100_000}
LINKED = frozenset({"febrl4", "restaurant"})
"""Sets of two systems that have everybody once, says their README: *best* and the peers link across them only."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a set lies."""

    name: str
    records: Path
    truth: Path
    traps: Path | None = None
    linked: bool = False


def main() -> None:
    """Print a table, or one JSON object a line and set."""
    given = _arguments()
    first = True
    for source in _sources(given):
        labelled = read_set(source.name, source.records, source.truth, source.traps, linked=source.linked)
        for remark in labelled.remarks:
            print(f"{source.name}: {remark}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="sellhub-matching-") as folder:
            found = judged(labelled, Path(folder), splink=not given.without_splink)
        if given.json:
            print(json.dumps(found), flush=True)
        else:
            print((heading() if first else "") + line(found), flush=True)
        first = False


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", help="of those in ../shared/er, gen_10k, gen_100k; firms come with gen_...")
    parser.add_argument("--rows", type=int, help="generated leads: so many instead of 10,000 and 100,000")
    parser.add_argument("--seeds", default="1,2,3", help="of the generated leads")
    parser.add_argument("--records", type=Path, help="another set: a row a record, the columns found by their headers")
    parser.add_argument("--truth", type=Path, help="its id,cluster")
    parser.add_argument("--traps", type=Path, help="its id,trap,group: who is alike in a group and not one")
    parser.add_argument("--linked", action="store_true", help="it is of two systems that have everybody once")
    parser.add_argument("--without-splink", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if (given.records is None) != (given.truth is None):
        parser.error("--records and --truth go together")
    if not all(seed.isdigit() for seed in given.seeds.split(",")):
        parser.error(f"--seeds {given.seeds!r}: numbers with commas between them are expected")
    for path in (given.records, given.truth, given.traps):
        if path is not None and not path.is_file():
            parser.error(f"there is no file {path}")
    return given


def _sources(given: argparse.Namespace) -> Iterator[Source]:
    if given.records is not None:
        name = given.records.resolve().parent.name
        yield Source(name, given.records, given.truth, given.traps, given.linked)
        return
    names = given.sets.split(",") if given.sets else ([] if given.rows else [*SETS, *GENERATED])
    unknown = [name for name in names if name not in GENERATED and not (SHARED / name / "records.csv").is_file()]
    if given.sets and unknown:
        raise SystemExit(f"no set {', '.join(unknown)}: there are {', '.join([*SETS, *GENERATED])} under {SHARED}")
    for name in names:
        if name not in GENERATED and name not in unknown:
            folder = SHARED / name
            yield Source(name, folder / "records.csv", folder / "truth.csv", None, name in LINKED)
    made = {name: GENERATED[name] for name in names if name in GENERATED}
    if given.rows:
        made[f"gen_{given.rows}"] = given.rows
    if made and not GENERATOR.exists():
        raise SystemExit(
            f"{GENERATOR} makes the generated sets and is not there: give a set with --records and --truth"
        )
    for name, rows in made.items():
        for seed in map(int, given.seeds.split(",")):
            folder = generated(rows, seed)
            yield Source(f"{name}:{seed}", folder / "records.csv", folder / "truth.csv", folder / "traps.csv")
            firms = folder / "companies.csv"
            yield Source(f"{name}:{seed} firms", firms, folder / "companies_truth.csv")


if __name__ == "__main__":
    main()
