"""Sets through a real store: who is taken for whom must not depend on the order or on where a batch ends."""

from __future__ import annotations

import random
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import stored_matching
from benchmarks.generated import generated
from benchmarks.judged_set import judged
from benchmarks.labelled import Labelled, read_set, score
from benchmarks.stored_matching import Stored, land, read_back, settle
from hub import gathering
from sell_model.draft import Draft
from tests.benchmarks.made_people import made_people
from tests.conftest import needs_shared

Drafts = Sequence[tuple[str, Draft]]
AT_ONCE = 1_000_000


def lead(**fields: str) -> Draft:
    """A person's draft."""
    return Draft("lead", dict(fields))


@pytest.fixture
def homes(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homes:
    """Takes sets in, each in a home of its own."""
    return Homes(sqlite_template, tmp_path, monkeypatch)


class Homes:
    """Homes in a test's folder, one after the other."""

    def __init__(self, template: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._template, self._folder, self._patch = template, folder, patch

    def taken_in(self, drafts: Drafts, size: int = 1_000, *, companies: bool = False) -> Stored:
        """Take a set in, in batches of a size; gives what the store holds then."""
        home = self._folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        settle(home)
        shutil.copy(self._template, home / "hub.db")
        with self._patch.context() as patch:
            patch.setattr(stored_matching, "PAGE", size)
            patch.setattr(gathering, "BATCH", size)
            patch.setattr(gathering, "SECONDS", 3_600.0)
            land(home, drafts, companies=companies)
        return read_back(home, companies=companies)


def together(clusters: Mapping[str, int]) -> set[frozenset[str]]:
    """Who is with whom, whatever the ids."""
    found: dict[int, set[str]] = defaultdict(set)
    for id_, cluster in clusters.items():
        found[cluster].add(id_)
    return {frozenset(ids) for ids in found.values()}


PEOPLE: Drafts = [
    ("1", lead(first_name="Ann", last_name="Li", email="ann@li.example", phone="+14155550101")),
    ("2", lead(first_name="Ann", last_name="Li", email="ANN@li.example")),
    ("3", lead(last_name="Li", first_name="A.", email="ann@li.example")),
    ("4", lead(first_name="Bo", last_name="Sun", email="info@acme.example", organization_name="Acme")),
    ("5", lead(first_name="Carla", last_name="Ortiz", email="info@acme.example", organization_name="Acme")),
    ("6", lead(first_name="Robert", last_name="Cole", phone="+14155550177", organization_name="Cole Foods")),
    ("7", lead(first_name="Bob", last_name="Cole", phone="+14155550177", organization_name="Cole Foods Inc")),
]


def test_a_set_is_joined_as_a_sync_joins(tmp_path: Path, database_url: str) -> None:
    """What the benchmark measures is what a user's store holds: on both databases."""
    settle(tmp_path, database_url)
    land(tmp_path, PEOPLE, companies=False)
    stored = read_back(tmp_path, companies=False)
    assert together(stored.clusters) == {
        frozenset("123"), frozenset("4"), frozenset("5"), frozenset("67"),
    }  # fmt: skip


def test_a_set_of_firms_is_joined(homes: Homes) -> None:
    """Firms have a model of their own."""
    firms = [("1", "Acme Inc", "acme.example"), ("2", "ACME", "www.acme.example"), ("3", "Apex Ltd", "apex.example")]
    drafts = [(id_, Draft("contact", {"is_organization": True, "name": n, "website": w})) for id_, n, w in firms]
    assert together(homes.taken_in(drafts, companies=True).clusters) == {frozenset("12"), frozenset("3")}


def test_a_load_that_was_cut_off_goes_on(tmp_path: Path, sqlite_template: Path) -> None:
    """A million records are not read again because the machine went down at the last one."""
    settle(tmp_path)
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    assert land(tmp_path, PEOPLE[:4], companies=False) == 4
    assert land(tmp_path, PEOPLE, companies=False) == 3
    assert set(read_back(tmp_path, companies=False).clusters) == {id_ for id_, _ in PEOPLE}


def _by_address(count: int) -> Drafts:
    """Three records of everybody, who share an address that nobody else has."""
    return [
        (f"{n}-{k}", lead(first_name="Ann", last_name=f"Li{chr(97 + n)}", email=f"ann{n}@li.example"))
        for n in range(count)
        for k in range(3)
    ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(_by_address(8)), size=st.integers(1, 24))
def test_with_exact_keys_no_order_and_no_batch_matters(homes: Homes, order: Drafts, size: int) -> None:
    """A source gives no promise of its order; the same people must come of it."""
    found = together(homes.taken_in(order, size).clusters)
    assert found == {frozenset(f"{n}-{k}" for k in range(3)) for n in range(8)}


def test_with_weighed_evidence_orders_and_batches_differ_little(homes: Homes) -> None:
    """Weights see more the more is stored: what comes first is judged by less, and that may move little only."""
    drafts, truth = made_people(2_000, seed=1)
    assert _spread(homes, drafts, truth, [(1_000, 1), (1_000, 2), (1_000, 3), (AT_ONCE, 1), (97, 1)]) <= 0.005


@needs_shared
def test_generated_leads_differ_little_by_order(homes: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the traps of the shared generator: 10,000 leads in batches, in three orders, and at once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = generated(10_000, 2)
    labelled = read_set("gen_10k", folder / "records.csv", folder / "truth.csv")
    assert _spread(homes, labelled.drafts, labelled.truth, [(1_000, 1), (1_000, 2), (1_000, 3), (AT_ONCE, 1)]) <= 0.005


def _spread(homes: Homes, drafts: Drafts, truth: Mapping[str, str], ways: list[tuple[int, int]]) -> float:
    """How far B-cubed F1 goes apart between ways to bring a set in: batch size, seed of the order."""
    found = []
    for size, seed in ways:
        order = list(drafts)
        random.Random(seed).shuffle(order)
        found.append(score(truth, homes.taken_in(order, size).clusters).bcubed_f1)
    print(found)
    return max(found) - min(found)


def test_ids_stay_when_more_comes(tmp_path: Path, sqlite_template: Path) -> None:
    """What others noted by a person's id must not lead to somebody else after the next batch."""
    drafts, _ = made_people(600, seed=2)
    settle(tmp_path)
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    states = []
    for count in (200, 400, 600):
        land(tmp_path, drafts[:count], companies=False)
        states.append(read_back(tmp_path, companies=False).clusters)
    for earlier, later in pairwise(states):
        assert {id_: later[id_] for id_ in earlier} == earlier


def test_what_is_printed_holds_what_the_issue_names(tmp_path: Path) -> None:
    """Others read the benchmark's JSON by these names."""
    (tmp_path / "records.csv").write_text(
        "id,first_name,last_name,email\n1,Ann,Li,ann@li.example\n2,Ann,Li,ann@li.example\n3,Bo,Sun,bo@sun.example\n",
        encoding="utf-8",
    )
    (tmp_path / "truth.csv").write_text("id,cluster\n1,a\n2,a\n3,b\n", encoding="utf-8")
    (tmp_path / "traps.csv").write_text("id,trap,group\n1,twins,g\n3,twins,g\n", encoding="utf-8")
    labelled: Labelled = read_set("s", *(tmp_path / f"{name}.csv" for name in ("records", "truth", "traps")))
    found = judged(labelled, tmp_path, splink=False)
    assert found["best"].keys() == {"pairwise_f1", "bcubed_f1", "bits"}
    assert (found["auto"]["precision"], found["auto"]["recall"], found["best"]["pairwise_f1"]) == (1.0, 1.0, 1.0)
    assert found["auto_and_review"].keys() >= {"recall", "review_share"}
    assert found["traps"] == {"twins": {"pairs": 1, "wrongly_merged": 0}}
    assert found.keys() >= {"set", "seconds", "peak_mb", "exact", "splink"}
