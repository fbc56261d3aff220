"""What each source record says of one record: the material of `why` and `trace`."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from hub.batch import Kind
from hub.lead_voices import customs_between
from hub.merge import RANKED
from hub.opening import Hub
from sell_model.consent import STRICTNESS
from sell_model.conversion import as_contact
from sell_model.draft import Draft
from sell_model.survivorship import Contribution
from storage import canonical, consents, stories
from storage.hot import Writer


@dataclass(frozen=True, slots=True)
class Voice:
    """A living source record's standing draft of a record."""

    feed: stories.Feed
    contribution: Contribution

    @property
    def draft(self) -> Draft:
        """What it says."""
        return self.contribution.draft

    @property
    def time(self) -> str:
        """When the source changed it, or else when it was landed."""
        return self.draft.updated_at or self.contribution.changed_at


def voices_of(hub: Hub, feeds: list[stories.Feed]) -> list[Voice]:
    """Read the standing drafts behind what feeds a record, as merging hears them; the gone are silent."""
    return [voice for feed in feeds if feed.deleted_at is None and (voice := _voice(hub, feed)) is not None]


def _voice(hub: Hub, feed: stories.Feed) -> Voice | None:
    standing = orjson.loads(feed.good_drafts).get(feed.mapping) if feed.good_drafts else None
    if standing is None:
        return None
    part = hub.settings.sources.get(feed.source)
    priority = (part.priority if part else 0) + feed.rank * RANKED
    changed_at, draft = feed.changed_at or feed.landed_at, Draft.from_json(standing)
    said = Contribution(feed.source_record_id, draft, priority, changed_at, feed.source, feed.rank)
    return Voice(feed, said)


def heard(hub: Hub, db: Writer, kind: Kind, id_: int) -> list[Voice]:
    """Read what all living source records say of a record; of a contact who was a lead, those of the lead as well."""
    voices = voices_of(hub, stories.feeds(db, kind, id_))
    if kind == "contact" and any(voice.draft.record_type == "lead" for voice in voices):
        is_organization = canonical.load(db, kind, [id_])[id_]["is_organization"]
        customs = customs_between(db, kind)
        for voice in voices:
            if voice.draft.record_type == "lead":
                said = as_contact(voice.draft, customs, is_organization=is_organization)
                voice.contribution.draft = said
    return voices


def last_heard(hub: Hub, db: Writer, kind: Kind, id_: int) -> list[Voice]:
    """Read what is heard on consent alone: source records that are gone, and those of whom was merged into it."""
    if kind not in {"lead", "contact"}:
        return []
    feeds = [feed for feed in stories.feeds(db, kind, id_) if feed.deleted_at is not None]
    feeds += [feed for loser in consents.absorbed(db, kind, [id_]) for feed in stories.feeds(db, kind, loser)]
    voices = [voice for feed in feeds if (voice := _voice(hub, feed)) is not None]
    return [voice for voice in voices if not STRICTNESS.keys().isdisjoint(voice.draft.fields)]
