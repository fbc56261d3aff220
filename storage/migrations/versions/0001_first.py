"""The first schema.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.views import create_views

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")

_VIEWS: dict[str, str] = {
    "v_leads": """
        SELECT l.id, l.first_name, l.last_name, l.organization_name, l.status, l.title, l.email, l.phone, l.mobile,
               l.website, l.industry, l.description, l.address, l.tags, l.custom_fields, l.person_id,
               l.owner_id, u.name AS owner, u.email AS owner_email, s.name AS source,
               r.name AS unqualified_reason, {l.added_at}, l.added_by, {l.created_at}, {l.updated_at},
               l.gone_at_source
        FROM lead l LEFT JOIN "user" u ON u.id = l.owner_id LEFT JOIN source s ON s.id = l.source_id
        LEFT JOIN unqualified_reason r ON r.id = l.unqualified_reason_id
        WHERE l.merged_into IS NULL AND COALESCE(l.gone_at_source, '') <> 'converted'
    """,
    "v_contacts": """
        SELECT c.id, c.is_organization, c.name, c.first_name, c.last_name, c.title, c.email, c.phone, c.mobile,
               c.website, c.industry, c.description, c.address, c.tags, c.custom_fields, c.person_id, c.company_id,
               c.contact_id, e.name AS company, c.customer_status, c.prospect_status,
               c.owner_id, u.name AS owner, u.email AS owner_email,
               {c.added_at}, c.added_by, {c.created_at}, {c.updated_at}, c.gone_at_source
        FROM contact c LEFT JOIN "user" u ON u.id = c.owner_id LEFT JOIN contact e ON e.id = c.contact_id
        WHERE c.merged_into IS NULL
    """,
    "v_deals": """
        SELECT d.id, d.name, d.value_minor, d.currency, d.hot, p.name AS pipeline, t.name AS stage,
               t.category AS stage_category, COALESCE(d.customized_win_likelihood, t.likelihood) AS win_likelihood,
               d.contact_id, c.name AS contact, d.organization_id, o.name AS organization,
               d.owner_id, u.name AS owner, u.email AS owner_email, s.name AS source, r.name AS loss_reason,
               d.estimated_close_date, d.tags, d.custom_fields, {d.last_stage_change_at}, {d.added_at}, d.added_by,
               {d.created_at}, {d.updated_at}, d.gone_at_source
        FROM deal d LEFT JOIN stage t ON t.id = d.stage_id LEFT JOIN pipeline p ON p.id = t.pipeline_id
        LEFT JOIN contact c ON c.id = d.contact_id LEFT JOIN contact o ON o.id = d.organization_id
        LEFT JOIN "user" u ON u.id = d.owner_id LEFT JOIN source s ON s.id = d.source_id
        LEFT JOIN loss_reason r ON r.id = d.loss_reason_id
    """,
    "v_runs": """
        SELECT r.id AS run_id, r.kind, s.source, s.name AS stream, rs.state, {r.started_at}, {r.finished_at},
               rs.created + rs.updated + rs.unchanged + rs.merged + rs.held + rs.skipped + rs.failed AS read,
               rs.created, rs.updated, rs.unchanged, rs.merged, rs.held, rs.skipped, rs.failed,
               rs.remapped, rs.calls, rs.seconds, rs.error, r.undone_by_run_id
        FROM run_stream rs JOIN run r ON r.id = rs.run_id JOIN stream s ON s.id = rs.stream_id
    """,
    "v_held": """
        SELECT h.id, s.source, s.name AS stream, x.source_id, h.mapping, h.field, h.code, h.reasons, h.run_id,
               {h.held_at}
        FROM held h JOIN source_record x ON x.id = h.source_record_id JOIN stream s ON s.id = x.stream_id
        WHERE h.released_at IS NULL
    """,
    "v_assignments": """
        SELECT a.id, p.name AS pool, a.record_type, a.record_id, a.user_id, u.name AS "user", u.email AS user_email,
               a.run_id, {a.assigned_at}, {a.given_back_at}
        FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id LEFT JOIN "user" u ON u.id = a.user_id
    """,
    "v_source_links": """
        SELECT s.source, s.name AS stream, x.source_id, l.record_type, l.record_id
        FROM link l JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id
        WHERE l.identity AND x.deleted_at IS NULL
    """,
}


def upgrade() -> None:
    """Make every table and view."""
    op.create_table(
        "assignment",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("pool_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("assigned_at", sa.Text(), nullable=True),
        sa.Column("given_back_at", sa.Text(), nullable=True),
        sa.Column("skipped", Json, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_assignment_record_id", "assignment", ["record_id"], unique=False)
    op.create_table(
        "association",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("deal_id", Id, nullable=True),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="record", nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_association")),
        sa.UniqueConstraint("deal_id", "contact_id", name=op.f("uq_association_deal_id_contact_id")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_association_contact_id", "association", ["contact_id"], unique=False)
    op.create_table(
        "company",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "contact",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("is_organization", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("company_id", Id, nullable=True),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("parent_organization_id", Id, nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("fax", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("skype", sa.Text(), nullable=True),
        sa.Column("customer_status", sa.Text(), nullable=True),
        sa.Column("prospect_status", sa.Text(), nullable=True),
        sa.Column("address", Json, nullable=True),
        sa.Column("billing_address", Json, nullable=True),
        sa.Column("shipping_address", Json, nullable=True),
        sa.Column("tags", Json, nullable=True),
        sa.Column("custom_fields", Json, nullable=True),
        sa.Column("added_at", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("gone_at_source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_contact_company_id", "contact", ["company_id"], unique=False)
    op.create_index("ix_contact_contact_id", "contact", ["contact_id"], unique=False)
    op.create_index("ix_contact_name", "contact", ["name"], unique=False)
    op.create_index("ix_contact_owner_id", "contact", ["owner_id"], unique=False)
    op.create_index("ix_contact_parent_organization_id", "contact", ["parent_organization_id"], unique=False)
    op.create_index("ix_contact_person_id", "contact", ["person_id"], unique=False)
    op.create_table(
        "custom_field",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("choices", Json, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
        sa.UniqueConstraint("record_type", "name", name=op.f("uq_custom_field_record_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "deal",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("organization_id", Id, nullable=True),
        sa.Column("stage_id", Id, nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("source_id", Id, nullable=True),
        sa.Column("loss_reason_id", Id, nullable=True),
        sa.Column("unqualified_reason_id", Id, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("value_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("hot", sa.Boolean(), nullable=True),
        sa.Column("estimated_close_date", sa.Text(), nullable=True),
        sa.Column("customized_win_likelihood", sa.Integer(), nullable=True),
        sa.Column("last_stage_change_at", sa.Text(), nullable=True),
        sa.Column("last_activity_at", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("tags", Json, nullable=True),
        sa.Column("custom_fields", Json, nullable=True),
        sa.Column("added_at", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("gone_at_source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deal")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_deal_contact_id", "deal", ["contact_id"], unique=False)
    op.create_index("ix_deal_organization_id", "deal", ["organization_id"], unique=False)
    op.create_index("ix_deal_owner_id", "deal", ["owner_id"], unique=False)
    op.create_index("ix_deal_stage_id", "deal", ["stage_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("outside_id", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("delivered_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("destination", "record_type", "record_id", name=op.f("pk_delivery")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_delivery_record_id", "delivery", ["record_id", "record_type"], unique=False)
    op.create_table(
        "held",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("source_record_id", Id, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("reasons", Json, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("held_at", sa.Text(), nullable=True),
        sa.Column("released_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_held_open", "held", ["released_at", "id"], unique=False)
    op.create_index("ix_held_source_record_id", "held", ["source_record_id"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("run_id", Id, nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_journal_record_id", "journal", ["record_id", "kind"], unique=False)
    op.create_index("ix_journal_run_id", "journal", ["run_id", "id"], unique=False)
    op.create_table(
        "key_claim",
        sa.Column("key", Id, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_claim")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "lead",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("source_id", Id, nullable=True),
        sa.Column("unqualified_reason_id", Id, nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("fax", sa.Text(), nullable=True),
        sa.Column("twitter", sa.Text(), nullable=True),
        sa.Column("facebook", sa.Text(), nullable=True),
        sa.Column("linkedin", sa.Text(), nullable=True),
        sa.Column("skype", sa.Text(), nullable=True),
        sa.Column("organization_name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("address", Json, nullable=True),
        sa.Column("tags", Json, nullable=True),
        sa.Column("custom_fields", Json, nullable=True),
        sa.Column("added_at", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("gone_at_source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_lead_owner_id", "lead", ["owner_id"], unique=False)
    op.create_index("ix_lead_person_id", "lead", ["person_id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("started", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "link",
        sa.Column("source_record_id", Id, nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.Column("role", sa.Text(), server_default="self", nullable=False),
        sa.Column("identity", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("source_record_id", "mapping", name=op.f("pk_link")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_link_record_id", "link", ["record_id", "record_type"], unique=False)
    op.create_table(
        "loss_reason",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loss_reason")),
        sa.UniqueConstraint("name", name=op.f("uq_loss_reason_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "mapping_version",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("yaml", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_version")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_mapping_version_name_version")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "match_key",
        sa.Column("key", Id, autoincrement=False, nullable=False),
        sa.Column("source_record_id", Id, autoincrement=False, nullable=False),
        sa.Column("identity_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "source_record_id", name=op.f("pk_match_key")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_key_source_record_id", "match_key", ["source_record_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record_id", Id, nullable=True),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_outbox_destination", "outbox", ["destination", "id"], unique=False)
    op.create_index("ix_outbox_record_id", "outbox", ["record_id", "record_type"], unique=False)
    op.create_table(
        "outside_id",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "value", name=op.f("pk_outside_id")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pending_ref",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source_record_id", Id, nullable=True),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_ref")),
        sa.UniqueConstraint(
            "source_record_id", "mapping", "field", name=op.f("uq_pending_ref_source_record_id_mapping_field")
        ),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_pending_ref_value", "pending_ref", ["source", "lookup", "value"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("merged_into", Id, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pipeline",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipeline")),
        sa.UniqueConstraint("name", name=op.f("uq_pipeline_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pool",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sa.UniqueConstraint("record_type", "name", name=op.f("uq_pool_record_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "pool_member",
        sa.Column("pool_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("turns", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("joined_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pool_id", "user_id", name=op.f("pk_pool_member")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "run",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("fix", sa.Text(), nullable=True),
        sa.Column("options", Json, nullable=True),
        sa.Column("undoes_run_id", Id, nullable=True),
        sa.Column("undone_by_run_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_run_source", "run", ["source", "state"], unique=False)
    op.create_table(
        "run_stream",
        sa.Column("run_id", Id, nullable=False),
        sa.Column("stream_id", Id, nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("read", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("updated", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("merged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("skipped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("remapped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("calls", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("cursor_before", Json, nullable=True),
        sa.Column("cursor_after", Json, nullable=True),
        sa.Column("notices", Json, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "stream_id", name=op.f("pk_run_stream")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_run_stream_stream_id", "run_stream", ["stream_id"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("resource_type", "name", name=op.f("uq_source_resource_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "source_record",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("stream_id", Id, nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("raw_hash", sa.LargeBinary(), nullable=False),
        sa.Column("good_drafts", sa.Text(), nullable=True),
        sa.Column("mapping_version", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=True),
        sa.Column("landed_at", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_record")),
        sa.UniqueConstraint("stream_id", "source_id", name=op.f("uq_source_record_stream_id_source_id")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "stage",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("pipeline_id", Id, nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("likelihood", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
        sa.UniqueConstraint("pipeline_id", "name", name=op.f("uq_stage_pipeline_id_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "stream",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("cursor", Json, nullable=True),
        sa.Column("mapping_version", sa.Text(), nullable=True),
        sa.Column("synced_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stream")),
        sa.UniqueConstraint("source", "name", name=op.f("uq_stream_source_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "unqualified_reason",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unqualified_reason")),
        sa.UniqueConstraint("resource_type", "name", name=op.f("uq_unqualified_reason_resource_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "user",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("team_name", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_user_email", "user", ["email"], unique=False)
    create_views(op.get_bind(), _VIEWS)
