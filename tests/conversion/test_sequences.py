"""Whatever people and sources do one after the other, what always holds, holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.by_hand import by_hand
from hub.conversion_wishes import Wishes
from hub.opening import Hub, open_hub
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.matching.firm_names import firm_core
from tests.conversion.world import TOML, breaches, convert, unconvert
from tests.hub.test_review_helpers import contact, customer, gone, rows, run

PEOPLE = [("1", "Ada", "Byron", "ada@acme.example", "Acme Inc"), ("2", "Bob", "Cole", "bob@acme.example", "ACME"),
          ("3", "Cy", "Day", "cy@beta.example", ""), ("4", "", "", "info@gamma.example", "Gamma GmbH")]  # fmt: skip
WHO = st.sampled_from(PEOPLE)
SOURCES = st.sampled_from(["crm", "fair"])
WISHES = st.sampled_from(
    [
        Wishes(),
        Wishes(deal="", value="10.50"),
        Wishes(deal="Pilot", owner="Accounts"),
        Wishes(no_company=True),
        Wishes(company="Gamma"),
    ]
)


class Sequences(RuleBasedStateMachine):
    """A hub that two sources feed, and people who convert, take back, edit and add."""

    @initialize()
    def begin(self) -> None:
        """Open a hub of its own."""
        self.folder = tempfile.TemporaryDirectory()
        home = Path(self.folder.name)
        (home / "hub.toml").write_text(TOML, encoding="utf-8")
        self.opened = open_hub(home)
        self.hub: Hub = self.opened.__enter__()
        self.versions: dict[tuple[str, int], int] = {}

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    @rule(
        who=WHO,
        source=SOURCES,
        title=st.sampled_from(["", "CTO", "CEO"]),
        lifecycle=st.sampled_from(["lead"] * 4 + ["customer"]),
    )
    def sync(self, who: tuple[str, ...], source: str, title: str, lifecycle: str) -> None:
        """A source says something of somebody; now and then that it is a customer."""
        key, first, last, email, firm = who
        make = customer if lifecycle == "customer" and last else contact
        run(self.hub, {"contacts": [make(key, first, last, email, company=firm, jobtitle=title)]}, source=source)

    @rule(who=WHO, source=SOURCES)
    def delete(self, who: tuple[str, ...], source: str) -> None:
        """A source has somebody no more."""
        run(self.hub, {"contacts": [gone(who[0])]}, source=source)

    @rule(name=st.sampled_from(["Acme", "Gamma", "Delta"]))
    def add_company(self, name: str) -> None:
        """Somebody adds a company where there is none of the name."""
        if not any(firm_core(n) == name.lower() for (n,) in self.ask("SELECT name FROM contact WHERE is_organization")):
            with by_hand(self.hub, "contact add") as hand:
                hand.add(Draft("contact", {"is_organization": True, "name": name}))

    @rule(
        pick=st.integers(0, 9),
        field=st.sampled_from(["title", "mobile", "organization_name"]),
        value=st.sampled_from(["x", "Acme", None]),
    )
    def edit_lead(self, pick: int, field: str, value: str | None) -> None:
        """Somebody sets a field of an open lead."""
        if leads := self.ask("SELECT id FROM v_leads WHERE last_name IS NOT NULL ORDER BY id"):
            with by_hand(self.hub, "lead edit") as hand:
                hand.edit("lead", leads[pick % len(leads)][0], {field: value})

    @rule(pick=st.integers(0, 9))
    def edit_contact(self, pick: int) -> None:
        """Somebody sets a field of a contact."""
        if contacts := self.ask("SELECT id FROM v_contacts ORDER BY id"):
            with by_hand(self.hub, "contact edit") as hand:
                hand.edit("contact", contacts[pick % len(contacts)][0], {"fax": "1"})

    @rule(pick=st.integers(0, 9), wishes=WISHES)
    def convert(self, pick: int, wishes: Wishes) -> None:
        """Somebody converts a lead, perhaps one that was before."""
        if leads := self.ask("SELECT id FROM lead ORDER BY id"):
            try:
                done = convert(self.hub, leads[pick % len(leads)][0], wishes)
            except SetupError as error:
                if not error.fix:
                    raise
            else:
                assert done.person or done.company or done.already

    @rule(pick=st.integers(0, 9))
    def unconvert(self, pick: int) -> None:
        """Somebody takes a conversion back."""
        if leads := self.ask("SELECT lead_id FROM conversion WHERE undone_at IS NULL ORDER BY id"):
            try:
                unconvert(self.hub, leads[pick % len(leads)][0])
            except SetupError as error:
                if not error.fix:
                    raise

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return rows(self.hub, sql)

    @invariant()
    def it_holds_together(self) -> None:
        """`db check` finds nothing; a lead is open or converted, never both."""
        if hasattr(self, "hub"):
            assert breaches(self.hub) == []
            assert (
                self.ask("SELECT l.id FROM v_leads l JOIN conversion c ON c.lead_id = l.id WHERE c.undone_at IS NULL")
                == []
            )

    @invariant()
    def no_company_is_doubled(self) -> None:
        """One contact a company: here every name is one company's."""
        if hasattr(self, "hub"):
            names = [firm_core(n) for (n,) in self.ask("SELECT name FROM v_contacts WHERE is_organization")]
            assert len(names) == len(set(names))

    @invariant()
    def no_contact_is_nameless(self) -> None:
        """People have a last name, companies a name, whatever their sources blank."""
        if hasattr(self, "hub"):
            assert self.ask("SELECT id FROM contact WHERE COALESCE(name, '') = ''") == []
            assert self.ask("SELECT id FROM contact WHERE NOT is_organization AND last_name IS NULL") == []

    @invariant()
    def versions_rise(self) -> None:
        """No record is ever at an earlier version than it was."""
        if not hasattr(self, "hub"):
            return
        for kind in ("lead", "contact", "deal"):
            for id_, version in self.ask(f'SELECT id, version FROM "{kind}"'):
                assert version >= self.versions.get((kind, id_), 0)
                self.versions[kind, id_] = version


TestSequences = Sequences.TestCase
TestSequences.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
