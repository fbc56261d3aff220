"""Records that a deal implies: the company and the person that a file names beside it and nothing else knows."""

from __future__ import annotations

from hub.batch import Item
from hub.resolve import Resolver
from sell_model.draft import Draft, Ref
from sell_model.matching.normal_forms import folded


def imply(item: Item, mapping: str, draft: Draft, resolver: Resolver) -> None:
    """Add a contact's draft for each reference that says `otherwise: create` and is no known id.

    It feeds the hub by a mapping of its own, `NAME#REFERENCE`, so that the same name in the next row
    finds the same company or person.
    """
    company = draft.refs.get("company")
    for name in ("company", "contact"):
        ref = draft.refs.get(name)
        if ref is not None and ref.otherwise == "create" and not resolver.knows(ref):
            make = _company if name == "company" else _person
            item.drafts[f"{mapping}#{name}"] = make(ref, company, resolver.source)


def _company(ref: Ref, _company_ref: Ref | None, _source: str) -> Draft:
    return Draft("contact", {"is_organization": True, "name": ref.value.strip()})


def _person(ref: Ref, company: Ref | None, source: str) -> Draft:
    """A person by name; within a source the same name at the same company is the same person."""
    first, _, last = ref.value.strip().rpartition(" ")
    fields = {"last_name": last} | ({"first_name": first} if first else {})
    identity = f"{folded(ref.value)}|{folded(company.value) if company else ''}"
    refs = {"company": Ref("company", company.value, otherwise="leave")} if company else {}
    return Draft("contact", fields, refs, outside_ids={f"{source}.name": identity})
