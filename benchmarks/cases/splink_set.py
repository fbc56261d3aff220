"""One case: Splink links a set in its own environment: ROWS.csv (prepared) PAIRS.csv people|companies dedupe|link.

u by sampling, m by EM on up to three blocks that are mostly matches, term frequencies, DuckDB: as the project's own
measurements of it were made. Nothing of ours can be imported here.
"""

import json
import resource
import sys
import time
from typing import Any, TypeAlias

import duckdb  # type: ignore[import-not-found]
import splink.comparison_level_library as cll  # type: ignore[import-not-found]
import splink.comparison_library as cl  # type: ignore[import-not-found]
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

Block: TypeAlias = tuple[str, ...]
"""Columns that two records must agree in."""
Compared: TypeAlias = tuple[set[str], Any]
"""The columns that a comparison needs, and the comparison."""
LOWEST = -20
"""Bits below which no pair is written."""
FILLED = 0.05
"""A column that fewer records fill takes no part in training."""

PEOPLE_BLOCKS: tuple[Block, ...] = (
    ("email", "phone"),
    ("first", "last", "company"),
    ("first", "last", "postcode"),
    ("first", "last", "born"),
    ("last", "born", "postcode"),
    ("last", "born", "city"),
    ("first", "born", "email"),
    ("email", "last"),
    ("first", "last", "city"),
)
PEOPLE_KEYS: tuple[Block, ...] = (
    ("email",),
    ("phone",),
    ("first", "last"),
    ("last", "company"),
    ("last", "postcode"),
    ("last", "mail_domain"),
    ("first", "company"),
    ("substr(last, 1, 4)", "city"),
    ("born", "postcode"),
    ("born", "last"),
    ("born", "first"),
    ("born", "city"),
    ("substr(first, 1, 3)", "substr(last, 1, 4)"),
    ("local",),
    ("number",),
)
FIRM_BLOCKS: tuple[Block, ...] = (
    ("company", "city"),
    ("domain",),
    ("phone",),
    ("company",),
    ("postcode",),
    ("beginning", "city"),
    ("beginning",),
)
FIRM_KEYS: tuple[Block, ...] = (
    ("domain",),
    ("phone",),
    ("company",),
    ("words",),
    ("token", "city"),
    ("postcode",),
    ("beginning",),
    ("initials",),
)


def main() -> None:
    rows, pairs, kind, link = sys.argv[1:5]
    wall, cpu = time.perf_counter(), time.process_time()
    con = duckdb.connect()
    con.execute("CREATE TABLE rows AS SELECT * FROM read_csv(?, all_varchar = true, nullstr = '')", [rows])
    con.execute("ALTER TABLE rows RENAME COLUMN id TO unique_id")
    total = con.execute("SELECT count(*) FROM rows").fetchall()[0][0]
    names = [row[0] for row in con.execute("DESCRIBE rows").fetchall()]
    filled = {n for n in names if con.execute(f"SELECT count({n}) FROM rows").fetchall()[0][0] >= FILLED * total}
    people = kind == "people"
    every = people_comparisons() if people else firm_comparisons()
    compared = [(needs, comparison) for needs, comparison in every if needs <= filled]
    keys = [k for k in (PEOPLE_KEYS if people else FIRM_KEYS) if all(inner(c) in filled for c in k)]
    blocks = [b for b in (PEOPLE_BLOCKS if people else FIRM_BLOCKS) if set(b) <= filled]
    blocks = [b for b in blocks if pairs_of(con, b) >= 20 and any(not needs & set(b) for needs, _ in compared)]
    settings = SettingsCreator(
        link_type="link_only" if link == "link" else "dedupe_only",
        comparisons=[comparison for _, comparison in compared],
        blocking_rules_to_generate_predictions=[block_on(*k) for k in keys],
        probability_two_random_records_match=prior(con, blocks[:3], total),
        retain_matching_columns=False,
    )
    api = DuckDBAPI(connection=con)
    linker = Linker(tables(con, api, link), settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    train(linker, blocks)
    found = linker.inference.predict(threshold_match_weight=LOWEST)
    con.execute(
        f"COPY (SELECT unique_id_l, unique_id_r, match_weight FROM {found.physical_name}) TO '{pairs}' (HEADER)"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": peak}
    print(json.dumps(told))


def train(linker: Any, blocks: list[Block]) -> None:
    """Learn m on three blocks; one in which a level is never seen is refused by Splink (m = 0): the next is taken."""
    left = 3
    for block in blocks:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
            left -= 1
        except ValueError as error:
            print(f"no training on {block}: {error}", file=sys.stderr)
        if not left:
            return


def tables(con: Any, api: Any, link: str) -> Any:
    """One table, or one a system."""
    if link != "link":
        return api.register(con.table("rows"), dataset_display_name="rows_of_all")
    systems = [row[0] for row in con.execute("SELECT DISTINCT system FROM rows ORDER BY 1").fetchall()]
    parts = []
    for number, system in enumerate(systems):
        con.execute(f"CREATE TABLE part{number} AS SELECT * FROM rows WHERE system = ?", [system])
        parts.append(api.register(con.table(f"part{number}"), dataset_display_name=f"system{number}"))
    return parts


def inner(column: str) -> str:
    return column.partition("(")[2].partition(",")[0] or column


def pairs_of(con: Any, block: Block) -> int:
    """How many pairs agree in all of a block's columns."""
    wanted = " AND ".join(f"{c} IS NOT NULL" for c in block)
    sql = f"SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) n FROM rows WHERE {wanted} GROUP BY {', '.join(block)})"
    return con.execute(sql).fetchall()[0][0] or 0


def prior(con: Any, blocks: list[Block], total: int) -> float:
    """The share of matches among all pairs, from those that agree in a training block, as if these were half."""
    agreeing = sum(pairs_of(con, b) for b in blocks) or total / 10
    return min(0.5, max(1e-9, 2 * agreeing / len(blocks or (1,)) / (total * (total - 1) / 2)))


def near(column: str, *likeness: float) -> Any:
    return cl.JaroWinklerAtThresholds(column, list(likeness)).configure(term_frequency_adjustments=True)


def same(column: str) -> Any:
    return cl.ExactMatch(column).configure(term_frequency_adjustments=True)


def people_comparisons() -> list[Compared]:
    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.And(cll.NullLevel("first"), cll.NullLevel("last")),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.ColumnsReversedLevel("first", "last"),
            cll.And(cll.JaroWinklerLevel("first", 0.92), cll.JaroWinklerLevel("last", 0.92)),
            cll.And(cll.JaroWinklerLevel("first", 0.85), cll.JaroWinklerLevel("last", 0.85)),
            cll.CustomLevel("last_l = last_r AND substr(first_l, 1, 1) = substr(first_r, 1, 1)", "surname and initial"),
            cll.ExactMatchLevel("last", term_frequency_adjustments=True),
            cll.ExactMatchLevel("first", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )
    email = cl.CustomComparison(
        output_column_name="email",
        comparison_levels=[
            cll.NullLevel("email"),
            cll.ExactMatchLevel("email", term_frequency_adjustments=True),
            cll.ExactMatchLevel("local", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("email", 0.93),
            cll.JaroWinklerLevel("local", 0.88),
            cll.ExactMatchLevel("mail_domain", term_frequency_adjustments=True),
            cll.ElseLevel(),
        ],
    )
    born = cl.CustomComparison(
        output_column_name="born",
        comparison_levels=[
            cll.NullLevel("born"),
            cll.ExactMatchLevel("born", term_frequency_adjustments=True),
            cll.DamerauLevenshteinLevel("born", 1),
            cll.DamerauLevenshteinLevel("born", 2),
            cll.ElseLevel(),
        ],
    )
    return [
        ({"first", "last"}, name),
        ({"email"}, email),
        ({"phone"}, same("phone")),
        ({"company"}, near("company", 0.9)),
        ({"postcode"}, same("postcode")),
        ({"city"}, near("city", 0.92)),
        ({"street"}, near("street", 0.92)),
        ({"title"}, same("title")),
        ({"suffix"}, cl.ExactMatch("suffix")),
        ({"born"}, born),
        ({"number"}, cl.DamerauLevenshteinAtThresholds("number", [1, 2])),
    ]


def firm_comparisons() -> list[Compared]:
    company = cl.CustomComparison(
        output_column_name="company",
        comparison_levels=[
            cll.NullLevel("company"),
            cll.ExactMatchLevel("company", term_frequency_adjustments=True),
            cll.ExactMatchLevel("words", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("company", 0.95),
            cll.JaroWinklerLevel("company", 0.88),
            cll.CustomLevel(
                "replace(company_l, ' ', '') = initials_r OR replace(company_r, ' ', '') = initials_l", "initials"
            ),
            cll.JaroWinklerLevel("company", 0.8),
            cll.ElseLevel(),
        ],
    )
    return [
        ({"company"}, company),
        ({"domain"}, near("domain", 0.92)),
        ({"phone"}, same("phone")),
        ({"postcode"}, same("postcode")),
        ({"city"}, near("city", 0.92)),
        ({"street"}, near("street", 0.92)),
    ]


if __name__ == "__main__":
    main()
