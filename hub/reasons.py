"""Why a record has the owner it has, and beside it why its source records are one record."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.batch import Kind, Resolved
from hub.joining import Join, joins_of
from hub.opening import Hub
from hub.records import existing
from hub.resolve import Resolver
from hub.voices import Voice, voices_of
from sell_model.draft import Draft
from sell_model.types import JsonObject
from storage import roster, run_listing, stories, turns
from storage.hot import Writer
from storage.turns import TurnRow


@dataclass(frozen=True, slots=True)
class OwnerReason:
    """Why this owner, or why none."""

    owner: str | None
    owner_email: str | None
    how: str
    """`turn`, `mapped`, `awaited`, `kept` or `none`."""
    text: str
    """The same in a sentence."""
    fix: str = ""
    facts: JsonObject = field(default_factory=dict)
    """What the sentence is made of: pool, position, run, time, skipped, record …"""

    def to_json(self) -> JsonObject:
        """Give it as `why --json` prints it."""
        data: JsonObject = {"owner": self.owner, "owner_email": self.owner_email, "how": self.how, "text": self.text}
        return data | self.facts | ({"fix": self.fix} if self.fix else {})


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons for a record's owner and for what is merged in it."""

    kind: Kind
    id: int
    owner: OwnerReason
    joins: list[Join]
    absorbed: list[int]

    def to_json(self) -> JsonObject:
        """Give the object that `why --json` prints."""
        return {
            "record_type": self.kind,
            "id": self.id,
            "owner": self.owner.to_json(),
            "source_records": [join.to_json() for join in self.joins],
            "merged_from": self.absorbed,
        }


def why(hub: Hub, kind: Kind, id_: int) -> Why:
    """Tell why a record has its owner, and why its source records are one.

    Raises:
        SetupError: there is no such record.
    """
    with hub.store.read() as db:
        row = existing(db, kind, id_)
        feeds = stories.feeds(db, kind, id_)
        voices = sorted(voices_of(hub, feeds), key=lambda voice: voice.contribution.order, reverse=True)
        owner = _Owning(hub, db, kind, row, feeds, voices).reason()
        absorbed = stories.absorbed(db, kind, id_) if kind != "deal" else []
        return Why(kind, id_, owner, joins_of(db, feeds, voices), absorbed)


@dataclass(slots=True)
class _Owning:
    hub: Hub
    db: Writer
    kind: Kind
    row: JsonObject
    feeds: list[stories.Feed]
    voices: list[Voice]

    def reason(self) -> OwnerReason:
        named = next((voice for voice in self.voices if "owner" in voice.draft.refs), None)
        resolved = self._resolved(named)
        if self.row["owner_id"] is None:
            return self._nobody(named, resolved)
        if named is not None and resolved.ids.get("owner_id") == self.row["owner_id"]:
            said = named.draft.refs["owner"].value
            text = f"{named.feed.name} names {said!r} as owner (mapping {named.feed.mapping})"
            return self._because("mapped", text, {"record": named.feed.name, "value": said})
        given = turns.turns_of(self.db, self.kind, self.row["id"])
        turn = next((t for t in given if t.user_id == self.row["owner_id"] and t.given_back_at is None), None)
        if turn is not None:
            return self._turn(turn)
        return self._because("kept", "a source named this owner before, and no source names another one now")

    def _resolved(self, named: Voice | None) -> Resolved:
        """What the owner that a source names comes to; nothing but the owner is looked up."""
        if named is None:
            return Resolved()
        resolver = Resolver(self.db, named.feed.source, self.hub.now())
        draft = Draft(named.draft.record_type, {}, {"owner": named.draft.refs["owner"]})
        return resolver.resolve(draft, {})

    def _because(self, how: str, text: str, facts: JsonObject | None = None, fix: str = "") -> OwnerReason:
        return OwnerReason(self.row["owner"], self.row["owner_email"], how, text, fix, facts or {})

    def _turn(self, turn: TurnRow) -> OwnerReason:
        members = roster.members(self.db, turn.pool_id)
        place = next((at for at, m in enumerate(members, 1) if m.user_id == turn.user_id), None)
        names = turns.user_names(self.db, turn.skipped)
        skipped = [names.get(user_id, f"user {user_id}") for user_id in turn.skipped]
        number = turns.turn_number(self.db, turn)
        pool = f"pool {turn.pool!r}" if turn.pool else f"a pool that was removed since (number {turn.pool_id})"
        position = f"position {place} of {len(members)}" if place else "no member any more"
        text = f"turn {number} of {pool}, {position}, run {turn.run_id}"
        if skipped:
            text += f"; skipped, because not available: {', '.join(skipped)}"
        facts = {
            "pool": turn.pool,
            "turn": number,
            "position": place,
            "members": len(members),
            "run": turn.run_id,
            "time": turn.assigned_at,
            "skipped": skipped,
        }
        return self._because("turn", text, facts)

    def _nobody(self, named: Voice | None, resolved: Resolved) -> OwnerReason:
        waiting = stories.awaited(self.db, [feed.source_record_id for feed in self.feeds])
        awaited = next((each for each in waiting if each.field == "owner"), None)
        if awaited is not None:
            text = f"waits for user {awaited.value!r} of source {awaited.source}, who is not here yet"
            fix = f"sellhub sync {awaited.source}"
            return self._because("awaited", text, {"value": awaited.value, "source": awaited.source}, fix)
        pool = self._pool_name(resolved)
        if pool is not None:
            text = f"pool {pool!r} had nobody available when this came"
            fix = f"sellhub pool show {pool!r}; then sellhub pool add {pool!r} --member EMAIL"
            return self._because("none", text, {"pool": pool}, fix)
        said = f"the owner that {named.feed.name} names is nobody here" if named else "no source names an owner"
        text = f"{said}, and no pool deals out what comes from {', '.join(self._sources()) or 'nowhere'}"
        fix = 'set pool = "NAME" at the source in hub.toml, or name one at the import: --pool NAME'
        return self._because("none", text, fix=fix)

    def _sources(self) -> list[str]:
        return list(dict.fromkeys(feed.source for feed in self.feeds))

    def _pool_name(self, resolved: Resolved) -> str | None:
        pools = roster.pools(self.db)
        named = next((pool.name for pool in pools if pool.id == resolved.pool_id), None)
        parts = [self.hub.settings.sources.get(source) for source in self._sources()]
        of_source = {part.pool.lower() for part in parts if part and part.pool} | self._pools_of_imports()
        return named or next(
            (p.name for p in pools if p.record_type == self.kind and p.name.lower() in of_source), None
        )

    def _pools_of_imports(self) -> set[str]:
        """The pools that were named when the files were imported that feed this record."""
        runs = [run_listing.find_run(self.db, id_) for id_ in {f.run_id for f in self.feeds} if id_ is not None]
        return {str(run.options["pool"]).lower() for run in runs if run and run.options.get("pool")}
