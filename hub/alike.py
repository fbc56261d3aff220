"""Records of a like name or address: a hint to whoever adds one by hand, and no block, as Sell has it.

Source: Zendesk help, "Adding leads": while a name is typed, a panel shows leads and contacts of that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sell_model.draft import Draft
from sell_model.matching.firm_names import firm_core
from sell_model.matching.keys import face_of, is_company, trait_key
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject
from storage import alike
from storage.alike import Namesake
from storage.hot import Writer

SHOWN = 10
_WHY = {
    "outside": ("person_id", "same id elsewhere"),
    "email": ("person_id", "same e-mail"),
    "phone": ("person_id", "same phone"),
    "org": ("person_id", "same company"),
    "firm company": ("company_id", "same company"),
    "firm domain": ("company_id", "same site"),
    "firm phone": ("company_id", "same phone"),
}
"""Kind of match key → whose it is, and what it means that two bear it; other kinds are too wide for a hint."""


@dataclass(frozen=True, slots=True)
class Like:
    """A record that a new one is like."""

    record_type: str
    id: int
    name: str
    why: str
    """`same e-mail`, `same phone`, `same name`, `same company`, or several of these."""

    def to_json(self) -> JsonObject:
        """Give it as `add --json` prints it."""
        return {"record_type": self.record_type, "id": self.id, "name": self.name, "why": self.why}


def alike_to(db: Writer, draft: Draft) -> list[Like]:
    """List what a new record is like, what it shares most with first; at most ten.

    Names are compared folded where their spelling differs in case only: an accent may hide a namesake.
    """
    if draft.record_type == "deal":
        return _deals(db, draft)
    found: dict[tuple[str, int], Namesake] = {}
    why: dict[tuple[str, int], list[str]] = {}
    for each, reason in _sharing(db, draft):
        found[each.kind, each.id] = each
        said = why.setdefault((each.kind, each.id), [])
        if reason not in said:
            said.append(reason)
    best = sorted(found, key=lambda place: (-len(why[place]), place[0], place[1]))
    return [Like(*place, found[place].name, ", ".join(why[place])) for place in best[:SHOWN]]


def _sharing(db: Writer, draft: Draft) -> Iterator[tuple[Namesake, str]]:
    for key in face_of(draft).keys:
        if key.kind not in _WHY:
            continue
        column, reason = _WHY[key.kind]
        yield from ((each, reason) for each in alike.bearing(db, key.key, column))
    for column, company in _companies(draft):
        yield from ((each, "same company") for each in alike.bearing(db, company, column))
    if not is_company(draft):
        yield from ((each, "same name") for each in _namesakes(db, draft))


def _companies(draft: Draft) -> Iterator[tuple[str, int]]:
    """The keys of the company that a record names: of company contacts, and of leads that are but a company."""
    name = draft.fields.get("organization_name") or (draft.fields.get("name") if is_company(draft) else None)
    if core := firm_core(name):
        yield "company_id", trait_key("company", core, is_company=True)
        if not draft.fields.get("last_name"):
            yield "person_id", trait_key("org", core, is_company=False)


def _namesakes(db: Writer, draft: Draft) -> list[Namesake]:
    first, last = draft.fields.get("first_name") or "", draft.fields.get("last_name") or ""
    if not last:
        return []
    full = f"{first} {last}".strip()
    found = alike.people_called(db, list(_spellings(last)))
    return [each for each in found if folded(f"{each.first_name or ''} {each.last_name or ''}") == folded(full)]


def _spellings(name: str) -> Iterable[str]:
    return dict.fromkeys((name, name.lower(), name.upper(), name.title(), name.capitalize()))


def _deals(db: Writer, draft: Draft) -> list[Like]:
    contacts = [int(ref.value) for name, ref in draft.refs.items() if name in {"contact", "company"}]
    wanted = folded(draft.fields.get("name") or "")
    same = [(id_, name) for id_, name in alike.deals_of(db, contacts) if folded(name) == wanted]
    return [Like("deal", id_, name, "same contact, same name") for id_, name in same[:SHOWN]]
