"""A batch on its way through: source records, the canonical records they feed, what is to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from connectors.connector import SourceRecord
from sell_model.draft import Draft, Reason, Ref
from sell_model.matching.deciding import Likeness
from sell_model.matching.keys import Face
from sell_model.survivorship import Contribution
from sell_model.types import JsonObject
from storage.canonical import CanonicalRow
from storage.landing import Known, LinkRow

Kind: TypeAlias = Literal["lead", "contact", "deal", "association"]


@dataclass(slots=True)
class Resolved:
    """What a draft's references came to."""

    ids: dict[str, int] = field(default_factory=dict)
    """Reference → our id."""
    pool_id: int | None = None
    """The pool that its owner reference names."""
    pending: dict[str, Ref] = field(default_factory=dict)
    """References to what is not here yet."""
    associated: list[JsonObject] = field(default_factory=list)
    """A deal's contacts beside the primary one: contact_id, role, is_primary."""
    reasons: list[Reason] = field(default_factory=list)
    """Why the record must be held."""
    person: tuple[str, int] | None = None
    """The lead or contact that its person reference names."""
    waits_silently: bool = False
    """It is about a person whom nobody knows, and its mapping says to wait for them without a word."""


@dataclass(slots=True)
class Entity:
    """A canonical record that the batch touches."""

    kind: Kind
    id: int
    is_new: bool = False
    row: CanonicalRow | None = None
    """As it stood; None for a new one, and until it is loaded."""
    identity_id: int | None = None
    """Its person or company."""
    is_company: bool = False
    voices: list[tuple[Contribution, Resolved]] = field(default_factory=list)
    """What this batch's records say of it."""
    after: CanonicalRow | None = None
    """As it is to be; None: nothing was computed."""
    pool_id: int | None = None
    """The pool that its source names as owner."""
    lead_id: int | None = None
    """Of a new contact: the lead that this person was until now."""
    awaited_until_now: bool = False
    """It was without an owner only because one was awaited who did not come."""
    owner_awaited: bool = False
    """Its source names an owner who is not here yet: no pool deals it out meanwhile."""
    owner_held: bool = False
    """People gave it to somebody, or took its owner away: nobody else gives it to anybody."""
    associated: list[JsonObject] = field(default_factory=list)
    """A deal's contacts as its source lists them: contact_id, role, is_primary."""
    forced: CanonicalRow = field(default_factory=dict)
    """Columns that a conversion sets, whatever sources and people say."""


@dataclass(slots=True)
class Item:
    """One source record of the batch whose payload or mapping is not what it was."""

    record: SourceRecord
    raw: bytes
    raw_hash: bytes
    known: Known | None
    id: int = 0
    """Its source_record id."""
    drafts: dict[str, Draft] = field(default_factory=dict)
    """Mapping → the new good draft."""
    resolved: dict[str, Resolved] = field(default_factory=dict)
    standing: dict[str, JsonObject] = field(default_factory=dict)
    """Mapping → the last good draft, as JSON, as it stood before this batch."""
    held: dict[str, tuple[Reason, ...]] = field(default_factory=dict)
    links: dict[str, LinkRow] = field(default_factory=dict)
    """Mapping → what it fed before this batch."""
    targets: dict[str, Entity] = field(default_factory=dict)
    """Mapping → the canonical record that its new draft feeds."""
    made: list[str] = field(default_factory=list)
    """What happened to it: `created`, `merged`, `updated`."""

    outcome: str = "unchanged"
    """In which of the counts it falls."""

    waiting: dict[str, Resolved] = field(default_factory=dict)
    """Mapping → what its held draft waits for."""
    landed_at: str = ""
    """When its payload came; it stays while only its mapping changes."""
    has_identity: bool = False
    """Whether a link of this batch is its identity link."""

    @property
    def is_gone(self) -> bool:
        """Whether the source says that it is there no more."""
        return self.record.event != "live"

    @property
    def is_revived(self) -> bool:
        """Whether it was gone and is there again."""
        return not self.is_gone and self.known is not None and self.known.deleted_at is not None

    def goes_on(self, mapping: str) -> bool:
        """Whether what a mapping made of it stands: drafted anew, or held."""
        return mapping in self.drafts or mapping.partition("#")[0] in self.held


@dataclass(slots=True)
class NewLink:
    """A link that the batch makes."""

    item: Item
    mapping: str
    entity: Entity
    role: str
    identity: bool
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Two identities that may be one, for a person to say."""

    sort: str
    """`person` or `company`."""
    one_id: int
    likeness: Likeness
    """The other one, and how alike they are."""


@dataclass(slots=True)
class Batch:
    """All that one transaction is about to write."""

    now: str
    run_id: int
    items: list[Item]
    entities: dict[tuple[str, int], Entity] = field(default_factory=dict)
    new_links: list[NewLink] = field(default_factory=list)
    dead_links: list[LinkRow] = field(default_factory=list)
    moved: list[tuple[LinkRow, Entity]] = field(default_factory=list)
    """Links of other source records that lead to another record now."""
    new_people: list[int] = field(default_factory=list)
    new_companies: list[int] = field(default_factory=list)
    faces: list[tuple[Item, int, Face]] = field(default_factory=list)
    """The keys that each item's drafts bear, and the identity that they lead to."""
    questions: list[Question] = field(default_factory=list)
    removed: list[Entity] = field(default_factory=list)
    """What nothing feeds any more and cannot stand by itself: relations."""
    journal: list[Any] = field(default_factory=list)
    by: str | None = None
    """Who does it by hand; None: a source's records do."""
    converted: list[tuple[int, int]] = field(default_factory=list)
    """Leads that their source made contacts of: lead, contact."""
    copied: dict[int, list[tuple[str, int, str]]] = field(default_factory=dict)
    """Lead → what people set on it and holds on its contact from now on: record type, record, field."""
    absorbed: list[tuple[str, int]] = field(default_factory=list)
    """Leads and contacts that were merged into others: destinations must let go of them."""

    def entity(self, kind: Kind, id_: int) -> Entity:
        """Give the canonical record of that id, noted as touched."""
        return self.entities.setdefault((kind, id_), Entity(kind, id_))
