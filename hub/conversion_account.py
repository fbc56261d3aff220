"""The account of a conversion: what of the lead stands in what it became, what does not, and why."""

from __future__ import annotations

from dataclasses import dataclass

from hub.conversion_report import Converted
from hub.lead_voices import customs_between
from hub.records import shown_id
from sell_model.conversion import Left, accounted
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject
from storage import canonical, conversions, looking_through
from storage.canonical import CanonicalRow
from storage.hot import Writer


@dataclass(slots=True)
class Account:
    """Compares a lead with what it became, within the conversion's transaction."""

    db: Writer
    lead: CanonicalRow
    """As it stood, references by name too."""
    done: Converted

    def tell(self) -> None:
        """Say what of the lead stands in what it became, and what does not."""
        db, done = self.db, self.done
        heir_id = done.person or done.company or 0
        heir = canonical.load(db, "contact", [heir_id])[heir_id]
        carried, left = accounted(self.lead, heir, shown_id("contact", heir_id), is_organization=done.person is None)
        done.carried, done.left = carried, [*left, *done.left]
        self._custom(heir)
        if self.lead["organization_name"]:
            self._say("organization_name", done.company is not None, "no company was asked for")
        if self.lead["source"]:
            self._say("source", done.deal is not None, "contacts have no source, and no deal was asked for")
        if self.lead["unqualified_reason"]:
            done.left.append(Left("unqualified_reason", "contacts have none"))
        if self.lead["owner_id"] is not None:
            self._say("owner", self._is_inherited(), "the new records have other owners, or nothing is new")
        places = looking_through.places_of(db, "lead", [self.lead["id"]])[self.lead["id"]]
        done.carried += conversions.kinds_of_activity(db, [id_ for _, id_ in places])

    def _custom(self, heir: CanonicalRow) -> None:
        values = self.lead["custom_fields"]
        to_contact, left = customs_between(self.db, "contact").carried(values)
        to_deal: JsonObject = {}
        if self.done.deal is not None:
            to_deal, _ = customs_between(self.db, "deal").carried(values)
        stands = [name for name, value in to_contact.items() if (heir["custom_fields"] or {}).get(name) == value]
        its = shown_id("contact", heir["id"])
        left += [Left(name, f"{its} has another value") for name in to_contact if name not in stands]
        self.done.carried += list(dict.fromkeys([*stands, *to_deal]))
        taken = {folded(name) for name in (*stands, *to_deal)}
        self.done.left += [each for each in left if folded(each.field) not in taken]

    def _is_inherited(self) -> bool:
        ids = [id_ for id_ in (self.done.person, self.done.company) if id_ is not None]
        rows = [*canonical.load(self.db, "contact", ids).values()]
        rows += canonical.load(self.db, "deal", [self.done.deal] if self.done.deal else []).values()
        return any(row["owner_id"] == self.lead["owner_id"] for row in rows)

    def _say(self, name: str, goes_on: bool, why_not: str) -> None:
        if goes_on:
            self.done.carried.append(name)
        else:
            self.done.left.append(Left(name, why_not))
