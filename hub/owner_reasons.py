"""Why a record has the owner it has: a turn, a source's word, a hand's, a known account's; or why it has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.batch import Kind, Resolved
from hub.opening import Hub
from hub.own_references import resolver_for
from hub.records import shown_id
from hub.settings import HAND
from hub.voices import Voice
from sell_model.draft import Draft
from sell_model.types import JsonObject
from storage import ownership, roster, run_listing, stories, turns
from storage.hand_edits import HandEdit, hand_edits
from storage.hot import Writer
from storage.turns import Skip, TurnRow


@dataclass(frozen=True, slots=True)
class OwnerReason:
    """Why this owner, or why none."""

    owner: str | None
    owner_email: str | None
    how: str
    """`turn`, `fallback`, `known_account`, `hand`, `mapped`, `awaited`, `kept` or `none`."""
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
class Change:
    """One assignment of the record's history."""

    turn: TurnRow
    came_from: str | None
    """The owner until then."""
    skipped: tuple[tuple[str, str], ...]
    """Who was passed over, and why."""

    def to_json(self) -> JsonObject:
        """Give it as `why --json` and `pool history --json` print it."""
        return {
            "time": self.turn.assigned_at,
            "owner": self.turn.user,
            "how": self.turn.how,
            "pool": self.turn.pool,
            "from": self.came_from,
            "by": self.turn.assigned_by,
            "followed": self.turn.followed,
            "run": self.turn.run_id,
            "turn_spent": self.turn.spent,
            "given_back": self.turn.given_back_at,
            "skipped": [{"user": user, "why": why} for user, why in self.skipped],
        }

    @property
    def text(self) -> str:
        """How it came to it, in a few words."""
        said = how_text(self.turn)
        came = f", until then {self.came_from}" if self.came_from else ""
        over = f"; skipped: {listed(self.skipped)}" if self.skipped else ""
        return f"{said}{came}{over}{'; given back' if self.turn.given_back_at else ''}"


def how_text(turn: TurnRow) -> str:
    """Say in a few words by whose word an assignment was made."""
    pool = pool_name(turn)
    by = f", asked by {turn.assigned_by}" if turn.assigned_by else ""
    return {
        "turn": f"a turn of {pool}{by}",
        "fallback": f"{f'a turn of {pool}, as the fallback' if turn.spent else f'the fallback of {pool}'}{by}",
        "known_account": f"{pool}: owner of {turn.followed}, a known account{by}",
        "hand": f"set by {turn.assigned_by}",
    }.get(turn.how, turn.how)


def pool_name(turn: TurnRow) -> str:
    """Name a turn's pool."""
    return f"pool {turn.pool!r}" if turn.pool else f"a pool that was removed since (number {turn.pool_id})"


def listed(skipped: Iterable[tuple[str, str]]) -> str:
    """List who was passed over, each with the reason."""
    return ", ".join(f"{user} ({why})" for user, why in skipped)


def history(db: Writer, given: list[TurnRow]) -> list[Change]:
    """Tell assignments with everybody named."""
    ids = {s.user_id for t in given for s in t.skipped} | {t.from_user_id for t in given if t.from_user_id}
    names = turns.user_names(db, ids)

    def called(user_id: int) -> str:
        return names.get(user_id, f"user {user_id}")

    return [
        Change(
            t, called(t.from_user_id) if t.from_user_id else None, tuple((called(s.user_id), s.why) for s in t.skipped)
        )
        for t in given
    ]


@dataclass(slots=True)
class Owning:
    """The reasons for one record's owner.

    Args:
        row: the record, its references by name too.
        voices: what its source records say, the strongest first.
        given: its assignments, latest first.
    """

    hub: Hub
    db: Writer
    kind: Kind
    row: JsonObject
    feeds: list[stories.Feed]
    voices: list[Voice]
    given: list[TurnRow]

    def reason(self) -> OwnerReason:
        """Tell why the record has its owner, or none."""
        named = next((voice for voice in self.voices if "owner" in voice.draft.refs), None)
        resolved = self._resolved(named)
        turn = next((t for t in self.given if t.user_id == self.row["owner_id"] and t.given_back_at is None), None)
        edit = hand_edits(self.db, self.kind, [self.row["id"]]).get(self.row["id"], {}).get("owner_id")
        if edit is not None and edit.value == self.row["owner_id"]:
            return self._edited(edit, turn)
        if self.row["owner_id"] is None:
            return self._nobody(named, resolved)
        if named is not None and resolved.ids.get("owner_id") == self.row["owner_id"]:
            return self._mapped(named)
        if turn is not None:
            return self._given(turn)
        return self._kept()

    def _resolved(self, named: Voice | None) -> Resolved:
        """What the owner that a source names comes to; nothing but the owner is looked up."""
        if named is None:
            return Resolved()
        resolver = resolver_for(self.db, named.feed.source, self.hub.now(), False, self.hub.settings.hub.currency)
        draft = Draft(named.draft.record_type, {}, {"owner": named.draft.refs["owner"]})
        return resolver.resolve(draft, {})

    def _because(self, how: str, text: str, facts: JsonObject | None = None, fix: str = "") -> OwnerReason:
        return OwnerReason(self.row["owner"], self.row["owner_email"], how, text, fix, facts or {})

    def _edited(self, edit: HandEdit, turn: TurnRow | None) -> OwnerReason:
        """By hand: whoever asked a pool asked for no one in particular, so that the pool's word is told."""
        holds = "; it holds against sources until it is released"
        release = f"sellhub {self.kind} edit {shown_id(self.kind, self.row['id'])} --release owner"
        if turn is not None and turn.how != "hand" and turn.assigned_at >= edit.edited_at:
            reason = self._given(turn)
            return self._because(reason.how, f"{reason.text}{holds}", {**reason.facts, "release": release})
        facts = {"by": edit.edited_by, "time": edit.edited_at, "release": release}
        done = "set" if edit.value is not None else "the owner was taken away"
        return self._because("hand", f"{done} by {edit.edited_by} by hand{holds}", facts)

    def _mapped(self, named: Voice) -> OwnerReason:
        said, feed = named.draft.refs["owner"].value, named.feed
        if feed.source == HAND:
            run = run_listing.find_run(self.db, feed.run_id) if feed.run_id is not None else None
            by = run.options.get("by") if run else None
            text = f"named by {by or 'somebody'} when it was added by hand"
            return self._because("hand", text, {"by": by, "time": feed.landed_at, "record": feed.name, "value": said})
        text = f"{feed.name} names {said!r} as owner (mapping {feed.mapping})"
        return self._because("mapped", text, {"record": feed.name, "value": said})

    def _kept(self) -> OwnerReason:
        lead_id = ownership.converted_from(self.db, self.kind, self.row["id"])
        if lead_id is not None:
            its = shown_id("lead", lead_id)
            return self._because("kept", f"the owner of {its}, which it was until it was converted", {"lead": its})
        return self._because("kept", "a source named this owner before, and no source names another one now")

    def _given(self, turn: TurnRow) -> OwnerReason:
        change = history(self.db, [turn])[0]
        skipped = listed(change.skipped)
        facts: JsonObject = {
            "pool": turn.pool,
            "run": turn.run_id,
            "time": turn.assigned_at,
            "by": turn.assigned_by,
            "skipped": [user for user, _ in change.skipped],
            "skip_reasons": [{"user": user, "why": why} for user, why in change.skipped],
        }
        if turn.how == "turn":
            text = self._turn_text(turn, facts)
        elif turn.how == "fallback":
            text = self._fallback_text(turn, facts)
        elif turn.how == "known_account":
            text = (
                f"owner of {turn.followed}, a known account: {pool_name(turn)} asks for that first, no turn was spent"
            )
            facts["followed"] = turn.followed
        else:
            text = how_text(turn)
        by = f"; asked for by {turn.assigned_by}" if turn.assigned_by and turn.how != "hand" else ""
        run = f", run {turn.run_id}" if turn.run_id is not None else ""
        return self._because(turn.how, f"{text}{run}{by}" + (f"; skipped: {skipped}" if skipped else ""), facts)

    def _turn_text(self, turn: TurnRow, facts: JsonObject) -> str:
        members = roster.members(self.db, turn.pool_id, self.hub.now()) if turn.pool_id is not None else []
        place = next((at for at, m in enumerate(members, 1) if m.user_id == turn.user_id), None)
        facts |= {"turn": turns.turn_number(self.db, turn), "position": place, "members": len(members)}
        position = f"position {place} of {len(members)}" if place else "no member any more"
        return f"turn {facts['turn']} of {pool_name(turn)}, {position}"

    def _fallback_text(self, turn: TurnRow, facts: JsonObject) -> str:
        if not turn.spent:
            return f"the fallback of {pool_name(turn)}, where nobody was available"
        pools = {pool.id: pool.name for pool in roster.pools(self.db)}
        asked = _asked_first(turn.skipped)
        name = pools.get(asked) if asked is not None else None
        facts["asked_pool"] = name
        first = f"pool {name!r}" if name else "another pool"
        return f"{self._turn_text(turn, facts)}: the fallback of {first}, where nobody was available"

    def _nobody(self, named: Voice | None, resolved: Resolved) -> OwnerReason:
        waiting = stories.awaited(self.db, [feed.source_record_id for feed in self.feeds])
        awaited = next((each for each in waiting if each.field == "owner"), None)
        if awaited is not None:
            text = f"waits for user {awaited.value!r} of source {awaited.source}, who is not here yet"
            fix = f"sellhub sync {awaited.source}"
            return self._because("awaited", text, {"value": awaited.value, "source": awaited.source}, fix)
        if any(turn.given_back_at is None for turn in self.given):
            text = "its owner was taken away by hand, and no source names another one"
            fix = f"sellhub assign {shown_id(self.kind, self.row['id'])} --of {self.kind} --pool NAME, or --owner EMAIL"
            return self._because("none", text, fix=fix)
        pool = self._pool_name(resolved)
        if pool is not None:
            text = f"pool {pool!r} had nobody available when this came"
            its = shown_id(self.kind, self.row["id"])
            fix = (
                f"sellhub pool show {pool!r}; then sellhub pool add {pool!r} --member EMAIL, "
                f"and sellhub assign {its} --of {self.kind} --pool {pool!r}"
            )
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


def _asked_first(skipped: Iterable[Skip]) -> int | None:
    """The pool that was asked first: the first one in which somebody was passed over."""
    return next((skip.pool_id for skip in skipped if skip.pool_id is not None), None)
