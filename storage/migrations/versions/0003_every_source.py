"""Every source: consent on people, tokens, suggestions, prospect lists, and a vendor's quota shared by workers.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.views import create_views, drop_views

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")
_REMADE = ("v_leads", "v_contacts")


def upgrade() -> None:
    """Add the tables and columns, and make the views anew that show them."""
    drop_views(op.get_bind(), _REMADE)
    for table in ("lead", "contact"):
        for column in ("email_consent", "phone_consent"):
            op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
    op.add_column("pending_ref", sa.Column("stream", sa.Text(), nullable=True))
    op.create_table(
        "quota",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        *[sa.Column(name, sa.Float(), nullable=True) for name in ("most", "seconds", "used", "reserved", "until")],
        sa.Column("changed_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_quota")),
    )
    op.create_table(
        "token",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("scopes", Json, nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.Text(), nullable=True),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suggestion",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("record_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("address", name=op.f("uq_suggestion_address")),
        sqlite_autoincrement=True,
    )
    _prospects()
    create_views(op.get_bind(), _VIEWS)


def _prospects() -> None:
    op.create_table(
        "prospect_list",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("filter", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospect_list")),
        sa.UniqueConstraint("name", name=op.f("uq_prospect_list_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "prospect",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("list_id", Id, nullable=False),
        sa.Column("outside_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", Json, nullable=True),
        sa.Column("credits", sa.BigInteger(), nullable=True),
        sa.Column("bought_at", sa.Text(), nullable=True),
        sa.Column("bought_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prospect")),
        sa.UniqueConstraint("list_id", "outside_id", name=op.f("uq_prospect_list_id_outside_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prospect_list_id", "prospect", ["list_id", "state"])
    op.create_index("ix_prospect_outside_id", "prospect", ["outside_id"])
    op.create_table(
        "prospect_suppression",
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("added_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("value", name=op.f("pk_prospect_suppression")),
    )


_VIEWS: dict[str, str] = {
    "v_leads": """
        SELECT l.id, l.first_name, l.last_name, l.organization_name, l.status, l.title, l.email, l.phone, l.mobile,
               l.website, l.industry, l.description, l.address, l.tags, l.custom_fields, l.person_id,
               l.owner_id, u.name AS owner, u.email AS owner_email, s.name AS source,
               r.name AS unqualified_reason, {l.added_at}, l.added_by, {l.created_at}, {l.updated_at},
               l.gone_at_source, l.email_consent, l.phone_consent
        FROM lead l LEFT JOIN "user" u ON u.id = l.owner_id LEFT JOIN source s ON s.id = l.source_id
        LEFT JOIN unqualified_reason r ON r.id = l.unqualified_reason_id
        WHERE l.merged_into IS NULL AND l.deleted_at IS NULL AND COALESCE(l.gone_at_source, '') <> 'converted'
    """,
    "v_contacts": """
        SELECT c.id, c.is_organization, c.name, c.first_name, c.last_name, c.title, c.email, c.phone, c.mobile,
               c.website, c.industry, c.description, c.address, c.tags, c.custom_fields, c.person_id, c.company_id,
               c.contact_id, e.name AS company, c.customer_status, c.prospect_status,
               c.owner_id, u.name AS owner, u.email AS owner_email,
               {c.added_at}, c.added_by, {c.created_at}, {c.updated_at}, c.gone_at_source, c.email_consent,
               c.phone_consent
        FROM contact c LEFT JOIN "user" u ON u.id = c.owner_id LEFT JOIN contact e ON e.id = c.contact_id
        WHERE c.merged_into IS NULL AND c.deleted_at IS NULL
    """,
    "v_tickets": """
        SELECT t.id, t.source, t.external_id, t.subject, t.status, t.resource_type, t.resource_id, {t.opened_at},
               {t.last_comment_at}, t.last_comment, t.satisfaction
        FROM ticket t
    """,
}
