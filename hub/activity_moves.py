"""Activities that go along when whom they are about is known by another record now; at the end of a batch."""

from __future__ import annotations

from collections.abc import Callable

from hub import keep
from hub.batch import Batch
from hub.resolve import Resolver
from hub.source_activities import SourceActivities
from hub.taggings import TAGS
from sell_model.targets import BESIDE
from storage import activity_figures, activity_rows, persons
from storage.hot import Writer
from storage.landing import LinkRow
from storage.looking_through import Place

_PLACES = frozenset({"lead", "contact", "deal"})
"""What activities stand at."""
_CONVERTED = ("lead", "contact")


def move_along(db: Writer, batch: Batch, resolver_of: Callable[[str], Resolver]) -> None:
    """Where a record's source records went over to another one, the activities that are theirs go along.

    Not to the contact that a lead was converted to: it looks through to the lead, whose they stay.

    Args:
        resolver_of: resolvers that have not looked anything up before the batch was written.
    """
    going = [*batch.dead_links, *(link for link, e in batch.moved if (link.record_type, e.kind) != _CONVERTED)]
    left = {(k.record_type, k.record_id) for k in going if k.record_type in _PLACES and k.role != TAGS}
    left |= _overtaken(db, batch)
    links = activity_rows.links_at(db, left) if left else []
    if links:
        moving = SourceActivities(db, batch, resolver_of)
        moving.again(links)
        moving.write()
        keep.keep_recalled(db, moving.renewed, moving.pending)
        moving.bring_figures_in_line()


def _overtaken(db: Writer, batch: Batch) -> set[Place]:
    """The leads that bear the address of a contact who is new: by that address the contact is meant now."""
    emails = {
        email
        for item in batch.items
        for mapping, entity in item.targets.items()
        if entity.kind == "contact" and entity.is_new and mapping in item.drafts
        if (email := item.drafts[mapping].fields.get("email"))
    }
    if not emails or not activity_figures.any_figures(db):
        return set()
    return {("lead", id_) for id_ in persons.leads_bearing(db, emails)}


def standing_while_held(batch: Batch) -> list[LinkRow]:
    """The activities whose new drafts are held for good: what their standing ones waited for may have come."""
    return [
        link
        for item in batch.items
        for mapping, link in item.links.items()
        if link.record_type in BESIDE and mapping in item.held and mapping not in item.waiting
    ]
