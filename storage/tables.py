"""The tables. Names are Sell's and the design's; times are ISO 8601 UTC text of one width.

Text times sort as times and read the same on both databases; the views give PostgreSQL real ones.
Money is an integer of minor units beside its currency. What a hot write touches has few indexes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = sa.JSON().with_variant(JSONB, "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", Id, primary_key=True, autoincrement=True)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text) for name in names]


def _json(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, Json) for name in names]


def _ids(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, Id) for name in names]


def _kept() -> list[sa.Column[Any]]:
    return [
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("updated_at", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    ]


def _table(name: str, *columns: Any, with_rowid: bool = True) -> sa.Table:
    """Make a table; a column list among the columns is spread. An `id` is never given out twice."""
    flat: list[Any] = []
    for column in columns:
        flat.extend(column if isinstance(column, list) else [column])
    counted = any(getattr(column, "name", None) == "id" for column in flat)
    table: sa.Table = sa.Table(name, metadata, *flat, sqlite_autoincrement=counted, sqlite_with_rowid=with_rowid)
    return table


def _only_there(name: str, column: str) -> sa.Index:
    """Make an index of the few rows that have a value: the others cost nothing."""
    there = sa.text(f"{column} IS NOT NULL")
    return sa.Index(name, column, sqlite_where=there, postgresql_where=there)


PERSON_TEXT = (
    "first_name", "last_name", "title", "description", "industry", "website", "email", "phone", "mobile",
    "fax", "twitter", "facebook", "linkedin", "skype", "email_consent", "phone_consent",
)  # fmt: skip

_SIGHT = ("merged_into", "deleted_at", "gone_at_source")
"""What decides whether a record is in sight: in indexes, so that lists count by an index alone."""
ONLY_ON = "only on"
"""Key of an index's `info`: the one database that has it."""


def _names(table: str, *columns: str) -> list[sa.Index]:
    """The index of last names; on SQLite with other texts, which it looks through in the place of the whole table.

    PostgreSQL has no need of those, and none of its index rows holds four long texts. SQLite's takes last names
    whatever their case, as only the migration can say.
    """
    wide = sa.Index(f"ix_{table}_names", "last_name", *columns, info={ONLY_ON: "sqlite"})
    narrow = sa.Index(f"ix_{table}_last_name", "last_name", info={ONLY_ON: "postgresql"})
    return [index.ddl_if(dialect=index.info[ONLY_ON]) for index in (wide, narrow)]


# --- canonical ---------------------------------------------------------------------------------

person = _table("person", _id(), _ids("merged_into"), _kept())
company = _table("company", _id(), _ids("merged_into"), _kept())

lead = _table(
    "lead",
    _id(),
    _ids("person_id", "owner_id", "source_id", "unqualified_reason_id"),
    _text(*PERSON_TEXT, "organization_name", "status"),
    _json("address", "tags", "custom_fields"),
    _text("added_at", "added_by"),
    _ids("merged_into"),
    _text("gone_at_source", "deleted_at"),
    _kept(),
    sa.Index("ix_lead_person_id", "person_id"),
    sa.Index("ix_lead_owner_id", "owner_id", *_SIGHT),
    sa.Index("ix_lead_status", "status", *_SIGHT),
    sa.Index("ix_lead_source_id", "source_id", *_SIGHT),
    sa.Index("ix_lead_added_at", "added_at", "created_at", "id", *_SIGHT),
    *_names("lead", "first_name", "organization_name", "email", *_SIGHT),
    _only_there("ix_lead_merged_into", "merged_into"),
)

contact = _table(
    "contact",
    _id(),
    sa.Column("is_organization", sa.Boolean, nullable=False, server_default=sa.false()),
    _ids("person_id", "company_id", "contact_id", "parent_organization_id", "owner_id"),
    _text("name", *PERSON_TEXT, "customer_status", "prospect_status"),
    _json("address", "billing_address", "shipping_address", "tags", "custom_fields"),
    _text("added_at", "added_by"),
    _ids("merged_into"),
    _text("gone_at_source", "deleted_at"),
    _kept(),
    sa.Index("ix_contact_person_id", "person_id"),
    sa.Index("ix_contact_company_id", "company_id"),
    sa.Index("ix_contact_contact_id", "contact_id"),
    sa.Index("ix_contact_parent_organization_id", "parent_organization_id"),
    sa.Index("ix_contact_owner_id", "owner_id", *_SIGHT[:2]),
    sa.Index("ix_contact_customer_status", "customer_status", *_SIGHT[:2]),
    sa.Index("ix_contact_added_at", "added_at", "created_at", "id", *_SIGHT[:2]),
    *_names("contact", "first_name", "name", "email", *_SIGHT[:2]),
    sa.Index("ix_contact_name", "name"),
    _only_there("ix_contact_merged_into", "merged_into"),
)

deal = _table(
    "deal",
    _id(),
    _ids(
        "contact_id",
        "organization_id",
        "stage_id",
        "owner_id",
        "source_id",
        "loss_reason_id",
        "unqualified_reason_id",
    ),
    _text("name"),
    sa.Column("value_minor", sa.BigInteger),
    _text("currency"),
    sa.Column("hot", sa.Boolean),
    _text("estimated_close_date"),
    sa.Column("customized_win_likelihood", sa.Integer),
    _text("last_stage_change_at", "last_activity_at", "description"),
    _json("tags", "custom_fields"),
    _text("added_at", "added_by"),
    _text("gone_at_source", "deleted_at"),
    _text("value_basis"),
    _ids("cloned_from_id"),
    sa.Column("part", sa.Integer),
    sa.Column("parts", sa.Integer),
    _kept(),
    sa.Index("ix_deal_contact_id", "contact_id"),
    sa.Index("ix_deal_organization_id", "organization_id"),
    sa.Index("ix_deal_stage_id", "stage_id", "deleted_at"),
    sa.Index("ix_deal_owner_id", "owner_id", "deleted_at"),
    sa.Index("ix_deal_added_at", "added_at", "created_at", "id", "deleted_at"),
    sa.Index("ix_deal_estimated_close_date", "estimated_close_date", "id", "deleted_at"),
    sa.Index(
        "ix_deal_cloned_from_id",
        "cloned_from_id",
        sqlite_where=sa.text("cloned_from_id IS NOT NULL"),
        postgresql_where=sa.text("cloned_from_id IS NOT NULL"),
    ),
)

association = _table(
    "association",
    _id(),
    _ids("deal_id", "contact_id"),
    _text("role"),
    sa.Column("is_primary", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("origin", sa.Text, nullable=False, server_default="record"),
    _kept(),
    sa.UniqueConstraint("deal_id", "contact_id"),
    sa.Index("ix_association_contact_id", "contact_id"),
)

user = _table(
    "user",
    _id(),
    _text("name", "email", "status", "role", "team_name", "timezone", "phone_number"),
    _kept(),
    sa.Index("ix_user_email", "email"),
)

pipeline = _table(
    "pipeline", _id(), _text("name"), sa.Column("disabled", sa.Boolean), _kept(), sa.UniqueConstraint("name")
)

stage = _table(
    "stage",
    _id(),
    _ids("pipeline_id"),
    _text("name", "category"),
    sa.Column("position", sa.Integer),
    sa.Column("likelihood", sa.Integer),
    sa.Column("active", sa.Boolean),
    _text("exit_criteria", "removed_at"),
    _ids("merged_into"),
    _kept(),
    sa.UniqueConstraint("pipeline_id", "name"),
)

source = _table("source", _id(), _text("name", "resource_type"), _kept(), sa.UniqueConstraint("resource_type", "name"))
loss_reason = _table("loss_reason", _id(), _text("name"), _kept(), sa.UniqueConstraint("name"))
unqualified_reason = _table(
    "unqualified_reason",
    _id(),
    _text("name", "resource_type"),
    _kept(),
    sa.UniqueConstraint("resource_type", "name"),
)
custom_field = _table(
    "custom_field",
    _id(),
    _text("record_type", "name", "type"),
    _json("choices", "former_names", "former_choices"),
    _text("removed_at"),
    _kept(),
    sa.UniqueConstraint("record_type", "name"),
)

pool = _table(
    "pool",
    _id(),
    _text("name", "record_type"),
    _ids("fallback_user_id", "fallback_pool_id"),
    sa.Column("known_owner_first", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("skip_present_owner", sa.Boolean, nullable=False, server_default=sa.false()),
    _kept(),
    sa.UniqueConstraint("record_type", "name"),
)
pool_member = _table(
    "pool_member",
    sa.Column("pool_id", Id, primary_key=True),
    sa.Column("user_id", Id, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("turns", sa.BigInteger, nullable=False, server_default="0"),
    _text("joined_at", "paused_at"),
    sa.Column("behind", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("credit", sa.BigInteger, nullable=False, server_default="0"),
)
away = _table(
    "away",
    _id(),
    _ids("user_id"),
    _text("starts_at", "ends_at", "reason"),
    sa.Index("ix_away_user_id", "user_id"),
)
assignment = _table(
    "assignment",
    _id(),
    _ids("pool_id", "user_id"),
    _text("record_type"),
    _ids("record_id", "run_id"),
    _text("assigned_at", "given_back_at"),
    _json("skipped"),
    _text("how", "assigned_by", "followed"),
    _ids("from_user_id"),
    sa.Column("spent", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Index("ix_assignment_record_id", "record_id"),
    sa.Index("ix_assignment_run_id", "run_id"),
    sa.Index("ix_assignment_pool_id", "pool_id", "id"),
)
notification = _table(
    "notification",
    _id(),
    _ids("user_id", "run_id"),
    _text("record_type"),
    sa.Column("count", sa.BigInteger, nullable=False, server_default="0"),
    _json("record_ids"),
    _text("text", "created_at", "read_at"),
    sa.Index("ix_notification_user_id", "user_id", "id"),
    sa.UniqueConstraint("run_id", "user_id", "record_type"),
)
notification_delivery = _table(
    "notification_delivery",
    sa.Column("notification_id", Id, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    _text("state", "error", "changed_at"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_notification_delivery_state", "state"),
)
notification_choice = _table(
    "notification_choice",
    sa.Column("user_id", Id, primary_key=True, autoincrement=False),
    sa.Column("web", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("email", sa.Boolean, nullable=False, server_default=sa.true()),
    _text("chat"),
)

# --- the sales process ---------------------------------------------------------------------------

hand_edit = _table(
    "hand_edit",
    sa.Column("record_type", sa.Text, primary_key=True),
    sa.Column("record_id", Id, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    _text("value", "edited_by", "edited_at"),
)

conversion = _table(
    "conversion",
    _id(),
    _ids("lead_id", "individual_id", "organization_id", "deal_id"),
    _text("creator", "created_at"),
    _ids("run_id"),
    _json("details"),
    _text("undone_at"),
    sa.Index("ix_conversion_lead_id", "lead_id"),
    sa.Index("ix_conversion_individual_id", "individual_id"),
    sa.Index("ix_conversion_organization_id", "organization_id"),
    sa.Index("ix_conversion_deal_id", "deal_id"),
)

stage_change = _table(
    "stage_change",
    _id(),
    _ids("deal_id", "from_stage_id", "to_stage_id"),
    _text("changed_at", "changed_by"),
    _ids("run_id"),
    sa.Index("ix_stage_change_deal_id", "deal_id", "id"),
    sa.Index("ix_stage_change_run_id", "run_id"),
)


def _beside(*more: Any) -> list[Any]:
    """What every activity has: the lead, contact or deal it stands at, and who did it."""
    return [
        sa.Column("resource_type", sa.Text),
        sa.Column("resource_id", Id),
        sa.Column("user_id", Id),
        sa.Column("added_by", sa.Text),
        *more,
        *_kept(),
    ]


note = _table(
    "note",
    _id(),
    _beside(
        sa.Column("content", sa.Text),
        sa.Column("is_important", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("noted_at", sa.Text),
    ),
    sa.Index("ix_note_resource_id", "resource_id", "resource_type"),
    sa.Index("ix_note_noted_at", "noted_at"),
)
task = _table(
    "task",
    _id(),
    _beside(
        sa.Column("content", sa.Text),
        sa.Column("owner_id", Id),
        sa.Column("due_date", sa.Text),
        sa.Column("remind_at", sa.Text),
        sa.Column("completed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("completed_at", sa.Text),
    ),
    sa.Index("ix_task_resource_id", "resource_id", "resource_type"),
    sa.Index("ix_task_owner_id", "owner_id"),
    sa.Index("ix_task_created_at", "created_at"),
)
call_outcome = _table("call_outcome", _id(), _text("name"), _kept(), sa.UniqueConstraint("name"))
visit_outcome = _table("visit_outcome", _id(), _text("name"), _kept(), sa.UniqueConstraint("name"))
call = _table(
    "call",
    _id(),
    _beside(
        sa.Column("phone_number", sa.Text),
        sa.Column("made_at", sa.Text),
        sa.Column("duration", sa.Integer),
        sa.Column("incoming", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("missed", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("outcome_id", Id),
        sa.Column("summary", sa.Text),
        sa.Column("recording_url", sa.Text),
        sa.Column("external_id", sa.Text),
        sa.Column("associated_deal_ids", Json),
    ),
    sa.Index("ix_call_resource_id", "resource_id", "resource_type"),
    sa.Index("ix_call_made_at", "made_at"),
)
visit = _table(
    "visit",
    _id(),
    _beside(
        sa.Column("resource_address", Json),
        sa.Column("visited_at", sa.Text),
        sa.Column("outcome_id", Id),
        sa.Column("summary", sa.Text),
    ),
    sa.Index("ix_visit_resource_id", "resource_id", "resource_type"),
    sa.Index("ix_visit_visited_at", "visited_at"),
)
email = _table(
    "email",
    _id(),
    _beside(
        sa.Column("subject", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("sent_at", sa.Text),
        sa.Column("incoming", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("external_id", sa.Text),
    ),
    sa.Index("ix_email_resource_id", "resource_id", "resource_type"),
    sa.Index("ix_email_sent_at", "sent_at"),
)
ticket = _table(
    "ticket",
    _id(),
    _beside(
        sa.Column("source", sa.Text),
        sa.Column("external_id", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("status", sa.Text),
        sa.Column("opened_at", sa.Text),
        sa.Column("last_comment_at", sa.Text),
        sa.Column("last_comment", sa.Text),
        sa.Column("satisfaction", sa.Text),
    ),
    sa.Index("ix_ticket_resource_id", "resource_id", "resource_type"),
    sa.UniqueConstraint("source", "external_id"),
)
figure = _table(
    "figure",
    sa.Column("record_type", sa.Text, primary_key=True),
    sa.Column("record_id", Id, primary_key=True),
    _text(
        "first_activity_at",
        "last_activity_at",
        "last_activity_type",
        "last_communication_at",
        "last_communication_type",
        "next_task_at",
    ),
    _ids("next_task_id"),
    sa.Column("open_tickets", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_figure_last_activity_at", "record_type", "last_activity_at", "record_id"),
    sa.Index("ix_figure_last_communication_at", "record_type", "last_communication_at", "record_id"),
    sa.Index("ix_figure_next_task_at", "record_type", "next_task_at", "record_id"),
    sa.Index("ix_figure_open_tickets", "record_type", "open_tickets", "record_id"),
)
facet = _table(
    "facet",
    sa.Column("record_type", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("record_id", Id, primary_key=True),
    sa.Index("ix_facet_record_id", "record_id", "record_type"),
    with_rowid=False,
)
smart_list = _table(
    "smart_list",
    _id(),
    _text("record_type", "name", "description", "filter"),
    _json("columns"),
    _text("sort"),
    sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("owner"),
    _kept(),
    sa.UniqueConstraint("record_type", "name"),
)
smart_link = _table(
    "smart_link", _id(), _text("record_type", "name", "template"), _kept(), sa.UniqueConstraint("record_type", "name")
)

# --- sync --------------------------------------------------------------------------------------

stream = _table(
    "stream",
    _id(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    _text("connector", "kind"),
    _json("cursor"),
    _text("mapping_version", "synced_at"),
    sa.UniqueConstraint("source", "name"),
)

source_record = _table(
    "source_record",
    _id(),
    sa.Column("stream_id", Id, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("raw_hash", sa.LargeBinary, nullable=False),
    sa.Column("good_drafts", sa.Text),
    _text("mapping_version", "changed_at", "landed_at", "deleted_at"),
    sa.Column("outcome", sa.Text),
    _ids("run_id"),
    sa.UniqueConstraint("stream_id", "source_id"),
)

link = _table(
    "link",
    sa.Column("source_record_id", Id, primary_key=True),
    sa.Column("mapping", sa.Text, primary_key=True),
    sa.Column("record_type", sa.Text, nullable=False),
    sa.Column("record_id", Id, nullable=False),
    sa.Column("role", sa.Text, nullable=False, server_default="self"),
    sa.Column("identity", sa.Boolean, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_link_record_id", "record_id", "record_type"),
)

outside_id = _table(
    "outside_id",
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("record_id", Id, nullable=False),
)

match_key = _table(
    "match_key",
    sa.Column("key", Key, primary_key=True, autoincrement=False),
    sa.Column("source_record_id", Id, primary_key=True, autoincrement=False),
    sa.Column("identity_id", Id, nullable=False),
    sa.Index("ix_match_key_source_record_id", "source_record_id"),
    with_rowid=False,
)
profile = _table(
    "profile",
    sa.Column("identity_id", Id, primary_key=True, autoincrement=False),
    sa.Column("sort", sa.Text, primary_key=True),
    sa.Column("source_record_id", Id, primary_key=True, autoincrement=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_profile_source_record_id", "source_record_id", "sort"),
    with_rowid=False,
)
duplicate = _table(
    "duplicate",
    _id(),
    sa.Column("sort", sa.Text, nullable=False),
    sa.Column("one_id", Id, nullable=False),
    sa.Column("other_id", Id, nullable=False),
    sa.Column("bits", sa.Float, nullable=False),
    _text("guard"),
    _json("parts"),
    sa.Column("state", sa.Text, nullable=False),
    _ids("run_id"),
    _text("asked_at", "decided_by", "decided_at"),
    sa.UniqueConstraint("sort", "one_id", "other_id"),
    sa.Index("ix_duplicate_state", "state", "bits"),
    sa.Index("ix_duplicate_other_id", "other_id", "sort"),
    sa.Index("ix_duplicate_run_id", "run_id"),
)
merge = _table(
    "merge",
    _id(),
    sa.Column("sort", sa.Text, nullable=False),
    _ids("winner_id", "loser_id", "run_id"),
    _text("merged_by", "merged_at", "undone_by", "undone_at"),
    _json("details"),
    sa.Index("ix_merge_loser_id", "loser_id", "sort"),
    sa.Index("ix_merge_winner_id", "winner_id", "sort"),
)
suppression = _table(
    "suppression",
    sa.Column("hash", sa.Text, primary_key=True),
    _text("forgotten_at", "forgotten_by"),
)
state = _table("state", sa.Column("name", sa.Text, primary_key=True), _text("value"))
key_claim = _table("key_claim", sa.Column("key", Key, primary_key=True, autoincrement=False))

pending_ref = _table(
    "pending_ref",
    _id(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("lookup", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    _ids("source_record_id"),
    _text("mapping", "field", "stream"),
    sa.UniqueConstraint("source_record_id", "mapping", "field"),
    sa.Index("ix_pending_ref_value", "source", "lookup", "value"),
)

held = _table(
    "held",
    _id(),
    sa.Column("source_record_id", Id, nullable=False),
    sa.Column("mapping", sa.Text, nullable=False),
    _json("reasons"),
    _text("code", "field"),
    _ids("run_id"),
    _text("held_at", "released_at"),
    sa.Index("ix_held_source_record_id", "source_record_id"),
    sa.Index("ix_held_open", "released_at", "id"),
)

journal = _table(
    "journal",
    _id(),
    sa.Column("run_id", Id, nullable=False),
    sa.Column("op", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    _ids("record_id"),
    sa.Column("version", sa.Integer),
    sa.Column("data", sa.Text),
    sa.Index("ix_journal_run_id", "run_id", "id"),
    sa.Index("ix_journal_record_id", "record_id", "kind"),
)

outbox = _table(
    "outbox",
    _id(),
    _text("destination", "record_type"),
    _ids("record_id"),
    _text("action"),
    _ids("run_id"),
    _text("created_at"),
    sa.Index("ix_outbox_destination", "destination", "id"),
    sa.Index("ix_outbox_record_id", "record_id", "record_type"),
)
delivery = _table(
    "delivery",
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("record_type", sa.Text, primary_key=True),
    sa.Column("record_id", Id, primary_key=True),
    _text("key", "outside_id", "text"),
    sa.Column("ok", sa.Boolean),
    _text("delivered_at"),
    sa.Index("ix_delivery_record_id", "record_id", "record_type"),
)

run = _table(
    "run",
    _id(),
    _text("kind", "source", "state", "started_at", "finished_at", "error", "fix"),
    _json("options"),
    _ids("undoes_run_id", "undone_by_run_id"),
    _text("notified_at"),
    sa.Index("ix_run_source", "source", "state"),
    sa.Index("ix_run_notified_at", "notified_at"),
)
COUNTS = ("read", "created", "updated", "unchanged", "merged", "held", "skipped", "failed")
"""The first is the sum of the others, always."""

run_stream = _table(
    "run_stream",
    sa.Column("run_id", Id, primary_key=True),
    sa.Column("stream_id", Id, primary_key=True),
    _text("state"),
    *[sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in COUNTS],
    sa.Column("remapped", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("calls", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),
    _json("cursor_before", "cursor_after", "notices"),
    _text("error"),
    sa.Index("ix_run_stream_stream_id", "stream_id"),
)

lease = _table(
    "lease",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("token", sa.BigInteger, nullable=False),
    _text("host"),
    sa.Column("pid", sa.Integer),
    _text("started", "expires_at"),
)

mapping_version = _table(
    "mapping_version",
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    _text("yaml", "activated_at"),
    sa.UniqueConstraint("name", "version"),
)

quota = _table(
    "quota",
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    _text("kind"),
    *[sa.Column(name, sa.Float) for name in ("most", "seconds", "used", "reserved", "until")],
    _text("changed_at"),
)

token = _table(
    "token",
    _id(),
    _text("name", "source", "hash"),
    _json("scopes"),
    _text("created_by", "created_at", "last_used_at", "revoked_at"),
    sa.UniqueConstraint("hash"),
)

suggestion = _table(
    "suggestion",
    _id(),
    sa.Column("address", sa.Text, nullable=False),
    _text("state", "record_type"),
    _ids("record_id", "run_id"),
    _text("decided_by", "decided_at"),
    sa.UniqueConstraint("address"),
)

prospect_list = _table(
    "prospect_list",
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    _text("origin", "filter", "created_by", "created_at"),
    sa.UniqueConstraint("name"),
)
prospect = _table(
    "prospect",
    _id(),
    sa.Column("list_id", Id, nullable=False),
    sa.Column("outside_id", sa.Text, nullable=False),
    _text("state", "reason"),
    _json("data"),
    sa.Column("credits", sa.BigInteger),
    _text("bought_at", "bought_by"),
    sa.UniqueConstraint("list_id", "outside_id"),
    sa.Index("ix_prospect_list_id", "list_id", "state"),
    sa.Index("ix_prospect_outside_id", "outside_id"),
)
prospect_suppression = _table(
    "prospect_suppression",
    sa.Column("value", sa.Text, primary_key=True),
    _text("added_by", "added_at"),
)

CANONICAL: dict[str, sa.Table] = {
    "lead": lead, "contact": contact, "deal": deal, "association": association, "user": user,
    "pipeline": pipeline, "stage": stage, "note": note, "task": task, "call": call, "visit": visit,
    "email": email, "ticket": ticket,
}  # fmt: skip
