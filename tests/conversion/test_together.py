"""Several at once: colleagues converted by two processes, a lead converted twice, a sync at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.conversion_wishes import Wishes
from hub.converting import convert_lead
from hub.opening import Hub, open_hub
from storage import conversions
from tests.conversion.world import WITH_DEAL, breaches, bring, convert, lead_row, state
from tests.hub.test_review_helpers import contact, rows, run
from tests.hub.test_review_together import together


@contextmanager
def beside(hub: Hub) -> Iterator[Hub]:
    """The same hub as another process has it open."""
    with open_hub(hub.home) as other:
        yield other


def test_colleagues_converted_by_two_at_once_share_their_company(hub: Hub, tmp_path: Path) -> None:
    """Each looks for the company and makes it when it is not there: it is made once."""
    lines = [lead_row(n, "Ada", f"Byron{n}", f"a{n}@acme.example", "Acme Inc") for n in range(1, 13)]
    bring(hub, tmp_path, *lines)

    def convert_all(own: Hub, ids: range) -> None:
        for id_ in ids:
            convert_lead(own, id_, Wishes(deal="", owner="Accounts"))

    with beside(hub) as other:
        done = together(lambda: convert_all(hub, range(1, 13, 2)), lambda: convert_all(other, range(2, 13, 2)))
    assert done == [None, None]
    assert rows(hub, "SELECT COUNT(*) FROM contact WHERE is_organization") == [(1,)]
    assert rows(hub, "SELECT COUNT(*), COUNT(DISTINCT contact_id) FROM deal") == [(12, 12)]
    assert rows(hub, "SELECT MAX(turns) - MIN(turns) FROM pool_member GROUP BY pool_id") == [(0,)] * 3
    assert breaches(hub) == []


def test_one_lead_converted_by_two_at_once_is_converted_once(hub: Hub, tmp_path: Path) -> None:
    """Both get the same answer."""
    bring(hub, tmp_path, lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme"))
    with beside(hub) as other:
        one, two = together(lambda: convert(hub, 1, WITH_DEAL), lambda: convert(other, 1, WITH_DEAL))

    assert (one.person, one.company, one.deal) == (two.person, two.company, two.deal)
    assert sorted([one.already, two.already]) == [False, True]
    assert rows(hub, "SELECT COUNT(*) FROM deal") == [(1,)]


def test_a_sync_beside_conversions_never_brings_a_lead_back(hub: Hub) -> None:
    """Whoever comes first, the contact is what its source says last."""
    people = [contact(str(n), "Ada", f"Byron{n}", f"a{n}@x.example") for n in range(1, 11)]
    run(hub, {"contacts": people})

    def sync(own: Hub) -> None:
        for round_ in range(4):
            run(
                own,
                {
                    "contacts": [
                        contact(p.id, "Ada", f"Byron{p.id}", f"a{p.id}@x.example", jobtitle=str(round_)) for p in people
                    ]
                },
            )

    with beside(hub) as other:
        done = together(lambda: sync(hub), lambda: [convert_lead(other, n, Wishes()) for n in range(1, 11)] and None)
    assert done == [None, None]
    assert rows(hub, "SELECT COUNT(*) FROM v_leads") == [(0,)]
    assert rows(hub, "SELECT DISTINCT title FROM v_contacts") == [("3",)]
    assert breaches(hub) == []


class Killed(BaseException):
    """The process is gone."""


def test_a_conversion_that_dies_at_its_end_has_done_nothing(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: contacts, deal, links, turns and the note of it, or none."""
    bring(hub, tmp_path, lead_row(1, "Ada", "Byron", "ada@acme.example", "Acme"))
    before = state(hub)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(conversions, "keep", die)
        with pytest.raises(Killed):
            convert(hub, 1, WITH_DEAL)

    assert state(hub) == before
    assert not convert(hub, 1, WITH_DEAL).already
