"""Deals and the contacts beside them: a deal is its source's own, a contact stands beside a deal once."""

from __future__ import annotations

from collections.abc import Iterable

from hub.batch import Batch, Entity, Item, NewLink
from hub.match import Ids, is_identity
from sell_model.draft import Draft
from storage import associations
from storage.hot import Writer


def place_deals(db: Writer, batch: Batch, drafts: Iterable[tuple[Item, str, Draft]]) -> None:
    """Give deals their entity: the one they feed already, or a new one. They are never matched."""
    ids = Ids(db, len(batch.items) + 1)
    for item, mapping, _ in drafts:
        if not _kept(batch, item, mapping, "deal"):
            _make(batch, item, mapping, Entity("deal", ids.take("deal"), is_new=True))


def place_associations(db: Writer, batch: Batch, drafts: list[tuple[Item, str, Draft]]) -> None:
    """Give relation records their association: the one of their deal and contact where there is one.

    Two contacts of a source may be one person here; then both roles feed the one association.
    """
    ids = Ids(db, len(batch.items) + 1)
    pairs = {_pair(item, mapping): 0 for item, mapping, _ in drafts}
    pairs |= associations.by_pair(db, {deal_id for deal_id, _ in pairs})
    for item, mapping, _ in drafts:
        pair = _pair(item, mapping)
        link = item.links.get(mapping)
        if link is not None and pairs[pair] not in (0, link.record_id):
            batch.dead_links.append(link)
            batch.entity("association", link.record_id)
        elif _kept(batch, item, mapping, "association"):
            continue
        if pairs[pair]:
            _join(batch, item, mapping, batch.entity("association", pairs[pair]), "merged")
        else:
            entity = Entity("association", ids.take("association"), is_new=True)
            pairs[pair] = entity.id
            _make(batch, item, mapping, entity)


def _pair(item: Item, mapping: str) -> tuple[int, int]:
    ids = item.resolved[mapping].ids
    return ids["deal_id"], ids["contact_id"]


def _kept(batch: Batch, item: Item, mapping: str, kind: str) -> bool:
    link = item.links.get(mapping)
    if link is None:
        return False
    item.targets[mapping] = batch.entity(kind, link.record_id)  # type: ignore[arg-type]
    item.made.append("updated")
    return True


def _make(batch: Batch, item: Item, mapping: str, entity: Entity) -> None:
    batch.entities[entity.kind, entity.id] = entity
    _join(batch, item, mapping, entity, "created")


def _join(batch: Batch, item: Item, mapping: str, entity: Entity, made: str) -> None:
    item.targets[mapping] = entity
    batch.new_links.append(NewLink(item, mapping, entity, "self", is_identity(batch, item, mapping)))
    item.made.append(made)
