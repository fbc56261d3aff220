"""Lead conversion: a lead becomes a person contact, a company where it names one, and a deal if one is asked for.

Each lead is one transaction. Its source records go over to the contact, so that later syncs update the
contact and never bring the lead back. What was made, moved and copied is noted, so that it can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from hub import upsell
from hub.by_hand import Hand, by_hand
from hub.companies import Found, find_company, named_company
from hub.conversion_account import Account
from hub.conversion_deal import add_deal
from hub.conversion_heir import Heir
from hub.conversion_owners import Giving
from hub.conversion_report import Converted, Refused, as_before
from hub.conversion_wishes import Terms, Wishes, read_again, read_wishes
from hub.notifying import gathered
from hub.opening import Hub
from hub.qualifying import unqualified_because
from hub.records import shown_id
from hub.rows import difference
from sell_model.conversion import COMPANY_BESIDE, values_of
from sell_model.draft import Draft
from sell_model.errors import SetupError
from storage import activity_figures, canonical, conversions, landing
from storage.canonical import KEPT, CanonicalRow
from storage.conversions import ConversionRow
from storage.named_rows import named_rows


def convert_leads(
    hub: Hub, lead_ids: Sequence[int], wishes: Wishes, *, by: str | None = None, dry_run: bool = False
) -> list[Converted | Refused]:
    """Convert several leads, each in a transaction of its own; one that cannot be does not keep the others.

    Raises:
        SetupError: what is asked for cannot be, whichever lead it is.
    """
    with hub.store.rehearsal() if dry_run else nullcontext(), gathered(hub):
        with hub.store.read() as db:
            terms = read_wishes(hub, db, wishes)
        done: list[Converted | Refused] = []
        for lead_id in dict.fromkeys(lead_ids):
            try:
                done.append(_convert(hub, lead_id, terms, by=by))
            except SetupError as error:
                done.append(Refused(lead_id, str(error), error.fix))
        return done


def convert_lead(hub: Hub, lead_id: int, wishes: Wishes, *, by: str | None = None, dry_run: bool = False) -> Converted:
    """Convert one lead; one that was converted before gives the same answer again, and nothing is written.

    Raises:
        SetupError: there is no such lead, it was merged or deleted, it is not qualified; what is asked for cannot be.
    """
    with hub.store.rehearsal() if dry_run else nullcontext():
        with hub.store.read() as db:
            terms = read_wishes(hub, db, wishes)
        return _convert(hub, lead_id, terms, by=by)


def _convert(hub: Hub, lead_id: int, terms: Terms, *, by: str | None) -> Converted:
    with hub.store.read() as db:
        if known := conversions.standing(db, [lead_id]).get(lead_id):
            return as_before(known)
    try:
        with by_hand(hub, "lead convert", by=by, moves_links=True) as hand:
            if known := conversions.standing(hand.db, [lead_id]).get(lead_id):
                raise _ConvertedMeanwhile(known)
            return _Converting(hand, lead_id, read_again(hand.db, terms)).convert()
    except _ConvertedMeanwhile as meanwhile:
        return as_before(meanwhile.known)


class _ConvertedMeanwhile(Exception):  # noqa: N818  # it takes the transaction back; nothing is wrong
    def __init__(self, known: ConversionRow) -> None:
        self.known = known


@dataclass(slots=True)
class _Converting:
    """One conversion within its transaction; `convert` reads downwards."""

    hand: Hand
    lead_id: int
    terms: Terms
    lead: CanonicalRow = field(default_factory=dict)
    done: Converted = field(init=False)
    details: dict[str, Any] = field(default_factory=dict)
    """What `hub.unconverting` must know.

    `links` ([source record, mapping]) went over; `made` are source records of what was added; `edits`
    ([record type, record, field]) were set; `before` is the lead's mark, `changed` by contact that was there
    the columns that changed, each as it stood and as it was left.
    """
    _stood: dict[int, CanonicalRow] = field(default_factory=dict)
    """The contacts that were there, as they stood."""

    def __post_init__(self) -> None:
        self.done = Converted(self.lead_id)

    def convert(self) -> Converted:
        """Do it all."""
        self.hand.standing("lead", self.lead_id)
        self.lead = named_rows(self.hand.db, "lead", [self.lead_id])[self.lead_id]
        self.done.warnings += unqualified_because(self.hand, self.lead_id)
        self._company()
        self._contact()
        if self.terms.deal is not None:
            self._deal()
        self._owners()
        Account(self.hand.db, self.lead, self.done).tell()
        self._note()
        return self.done

    def _company(self) -> None:
        """Find the company that the lead names, or make it."""
        wishes, db = self.terms.wishes, self.hand.db
        name = None if wishes.no_company else wishes.company or self.lead["organization_name"]
        if not name:
            self._expect_person()
            return
        found = named_company(db, name, self.lead) if wishes.company else find_company(db, name, self.lead)
        if found.id is not None:
            self.done.company = found.id
            self._stood |= canonical.load(db, "contact", [found.id], lock=True)
            return
        if found.alike:
            alike = ", ".join(shown_id("contact", id_) for id_ in found.alike)
            self.done.warnings.append(f"for review: {alike} bear the name {found.name!r}, none surely the same company")
        self._add_company(found)

    def _expect_person(self) -> None:
        if not self.lead["last_name"]:
            its = shown_id("lead", self.lead_id)
            raise SetupError(
                f"{its} has no last name, so that nothing is left of it without a company",
                fix="name one: --company NAME; or give the lead a last name: sellhub lead edit",
            )

    def _add_company(self, found: Found) -> None:
        beside = values_of(self.lead, COMPANY_BESIDE if self.lead["last_name"] else ())
        draft = Draft("contact", {"is_organization": True, "name": found.name, **beside})
        self.done.company = self.hand.add(draft)
        self.done.new.append("company")

    def _contact(self) -> None:
        """Let what the lead's sources say go on to the person; of a lead without a last name to the company."""
        is_company = not self.lead["last_name"]
        heir = Heir(self.hand, self.lead, is_company=is_company, company_id=self.done.company)
        heir.take_over(new_company="company" in self.done.new)
        self.done.left += heir.left
        self.details |= {"links": heir.links, "edits": heir.edits, "made": heir.made}
        if heir.row is not None and not (is_company and "company" in self.done.new):
            self._stood[heir.id] = heir.row
        if not is_company:
            self.done.person = heir.id
            self.done.new += ["person"] if heir.is_new else []

    def _deal(self) -> None:
        people = (self.done.person, self.done.company)
        self.done.deal = add_deal(self.hand, self.lead, self.terms, *people)
        self.done.new.append("deal")
        told = [each for id_ in people if id_ is not None for each in upsell.warnings(self.hand.db, id_)]
        self.done.warnings += dict.fromkeys(told)

    def _owners(self) -> None:
        """Give the new records to those who were chosen; what was there keeps its owner."""
        giving = Giving(self.hand)
        for what, id_ in (("person", self.done.person), ("company", self.done.company), ("deal", self.done.deal)):
            chosen = self.terms.owners.get(what)
            if id_ is None or chosen is None:
                continue
            if what in self.done.new:
                giving.give("deal" if what == "deal" else "contact", id_, chosen)
            else:
                self.done.warnings.append(f"{shown_id('contact', id_)} was there before and keeps its owner")
        self.done.warnings += giving.warnings
        self.details["edits"] += giving.edits

    def _note(self) -> None:
        done, hand = self.done, self.hand
        self._remember()
        said = {"carried": done.carried, "warnings": done.warnings, "new": done.new}
        left = [[each.field, each.why] for each in done.left]
        row = ConversionRow(
            next(hand.db.allocate("conversion", 1)),
            self.lead_id,
            done.person,
            done.company,
            done.deal,
            hand.by,
            hand.now,
            hand.run_id,
            {**self.details, **said, "left": left},
        )
        conversions.keep(hand.db, [row])
        made = [("contact", id_) for id_ in (done.person, done.company) if id_ is not None]
        activity_figures.refresh(
            hand.db, [("lead", self.lead_id), *made, *([("deal", done.deal)] if done.deal else [])]
        )

    def _remember(self) -> None:
        """Note how the lead and the contacts that were there stood, and what was made beside them."""
        db = self.hand.db
        self.details["before"] = self.lead["gone_at_source"]
        now = canonical.load(db, "contact", self._stood)
        self.details["changed"] = {
            str(id_): {
                name: [old, now[id_][name]] for name, old in difference(row, now[id_]).items() if name not in KEPT
            }
            for id_, row in self._stood.items()
        }
        ids = {"person": self.done.person, "company": self.done.company, "deal": self.done.deal}
        for what in self.done.new:
            kind = "deal" if what == "deal" else "contact"
            links = landing.links_to(db, kind, [ids[what] or 0])
            fed = {(link.source_record_id, link.mapping) for link in links} - set(self.details["links"])
            self.details["made"] += sorted({id_ for id_, _ in fed} - set(self.details["made"]))
