"""Tags that a record of one kind gives to a person whom another record feeds: one more voice, of tags alone.

The link that a tagging makes bears the role `tags`: it is never the record's identity, converts nobody, and counts as
nobody's word but on tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hub.batch import Batch, Entity, Item, NewLink
from hub.match import kind_of
from hub.resolve import Resolver
from sell_model.draft import Draft, Reason
from storage.canonical import CanonicalRow
from storage.looking_through import Place

TAGS = "tags"
"""The role of a tagging's link."""

Taken = tuple[Item, str, Draft]
Hold = Callable[[Item, str, tuple[Reason, ...]], None]


def place_taggings(batch: Batch, resolver: Resolver, drafts: Iterable[Taken], hold: Hold) -> None:
    """Let each tagging speak for its person; one about nobody who is known waits, held or without a word.

    One that speaks for somebody goes on doing so while it names the same person.
    """
    given = list(drafts)
    resolver.prefetch(draft for _, _, draft in given)
    for item, mapping, draft in given:
        resolved, link = resolver.resolve(draft, {}), item.links.get(mapping)
        if resolved.person is None and link is not None and _names_the_same(item, mapping, draft):
            item.resolved[mapping] = resolved
            _join(batch, item, mapping, batch.entity(kind_of(link.record_type), link.record_id))
        elif resolved.person is not None:
            item.resolved[mapping] = resolved
            kind, id_ = resolved.person
            _join(batch, item, mapping, batch.entity(kind_of(kind), id_))
        else:
            item.waiting[mapping] = resolved
            if resolved.reasons:
                hold(item, mapping, tuple(resolved.reasons))
            else:
                del item.drafts[mapping]


def _names_the_same(item: Item, mapping: str, draft: Draft) -> bool:
    standing = item.standing.get(mapping)
    return standing is not None and Draft.from_json(standing).refs.get("person") == draft.refs.get("person")


def _join(batch: Batch, item: Item, mapping: str, entity: Entity) -> None:
    item.targets[mapping] = entity
    link = item.links.get(mapping)
    if link is not None and (link.record_type, link.record_id) == (entity.kind, entity.id):
        item.made.append("updated")
        return
    if link is not None:
        batch.dead_links.append(link)
        batch.entity(kind_of(link.record_type), link.record_id)
    batch.new_links.append(NewLink(item, mapping, entity, TAGS, identity=False))
    item.made.append("merged" if link is None else "updated")


def only_tags(drafts: Iterable[Draft]) -> bool:
    """Whether nothing but taggings speaks for a record: then it stays as it is, with their tags."""
    return all(draft.record_type == "tagging" for draft in drafts)


def taken_back(batch: Batch) -> dict[Place, set[str]]:
    """Give the tags that taggings of this batch gave until now, by the record that got them."""
    found: dict[Place, set[str]] = {}
    for item in batch.items:
        for mapping, link in item.links.items():
            if link.role == TAGS and mapping in item.standing:
                tags = item.standing[mapping]["fields"].get("tags") or ()
                found.setdefault((link.record_type, link.record_id), set()).update(tags)
    return found


def with_tags(row: CanonicalRow, given: Iterable[str], taken: set[str]) -> None:
    """Give a record that no source feeds any more the tags that it is given now, without those taken back."""
    now = list(dict.fromkeys(given))
    kept = [tag for tag in row["tags"] or () if tag not in taken and tag not in now]
    row["tags"] = [*now, *kept] or None
