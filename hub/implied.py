"""Records that others imply: the company and the person that a file names and nothing else knows."""

from __future__ import annotations

from collections.abc import Iterator

from hub.batch import Item
from hub.resolve import Resolver
from sell_model.draft import Draft, Ref
from sell_model.matching.normal_forms import folded


def implied_by(draft: Draft, resolver: Resolver) -> list[str]:
    """Name the references of a deal or a person that say `otherwise: create` and are no known id."""
    return [
        name
        for name in ("company", "contact")
        if (ref := draft.refs.get(name)) is not None and _can_be_made(ref) and not resolver.knows(ref)
    ]


def _can_be_made(ref: Ref) -> bool:
    """An address finds somebody and makes nobody: it is no name."""
    return ref.otherwise == "create" and "@" not in ref.value


def imply(item: Item, mapping: str, draft: Draft, names: list[str], source: str) -> None:
    """Add a contact's draft for each of these references.

    It feeds the hub by a mapping of its own, `NAME#REFERENCE`, so that the same name in the next row
    finds the same company or person.
    """
    for name in names:
        ref, company = draft.refs[name], draft.refs.get("company")
        item.drafts[f"{mapping}#{name}"] = _company(ref) if name == "company" else _person(ref, company, source)


def implied_people(draft: Draft, source: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the name by which a draft would make a person, and the ids which that person would have."""
    ref = draft.refs.get("contact")
    if ref is not None and _can_be_made(ref):
        yield ref.value, _person(ref, draft.refs.get("company"), source).outside_ids


def _company(ref: Ref) -> Draft:
    return Draft("contact", {"is_organization": True, "name": ref.value.strip()})


def _person(ref: Ref, company: Ref | None, source: str) -> Draft:
    """A person by name; within a source the same name at the same company is the same person."""
    first, _, last = ref.value.strip().rpartition(" ")
    fields = {"last_name": last} | ({"first_name": first} if first else {})
    identity = f"{folded(ref.value)}|{folded(company.value) if company else ''}"
    refs = {"company": company} if company else {}
    return Draft("contact", fields, refs, outside_ids={f"{source}.name": identity})
