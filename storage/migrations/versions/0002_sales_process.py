"""The sales process: edits by hand, conversions, activities, stage history, lists, notifications.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.facets import fill
from storage.hot import Writer
from storage.views import create_views, drop_views

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")
_SHIPPED = "2026-11-25T00:00:00.000000Z"
_VIEWS: dict[str, str] = {
    "v_leads": """
        SELECT l.id, l.first_name, l.last_name, l.organization_name, l.status, l.title, l.email, l.phone, l.mobile,
               l.website, l.industry, l.description, l.address, l.tags, l.custom_fields, l.person_id,
               l.owner_id, u.name AS owner, u.email AS owner_email, s.name AS source,
               r.name AS unqualified_reason, {l.added_at}, l.added_by, {l.created_at}, {l.updated_at},
               l.gone_at_source
        FROM lead l LEFT JOIN "user" u ON u.id = l.owner_id LEFT JOIN source s ON s.id = l.source_id
        LEFT JOIN unqualified_reason r ON r.id = l.unqualified_reason_id
        WHERE l.merged_into IS NULL AND l.deleted_at IS NULL AND COALESCE(l.gone_at_source, '') <> 'converted'
    """,
    "v_contacts": """
        SELECT c.id, c.is_organization, c.name, c.first_name, c.last_name, c.title, c.email, c.phone, c.mobile,
               c.website, c.industry, c.description, c.address, c.tags, c.custom_fields, c.person_id, c.company_id,
               c.contact_id, e.name AS company, c.customer_status, c.prospect_status,
               c.owner_id, u.name AS owner, u.email AS owner_email,
               {c.added_at}, c.added_by, {c.created_at}, {c.updated_at}, c.gone_at_source
        FROM contact c LEFT JOIN "user" u ON u.id = c.owner_id LEFT JOIN contact e ON e.id = c.contact_id
        WHERE c.merged_into IS NULL AND c.deleted_at IS NULL
    """,
    "v_deals": """
        SELECT d.id, d.name, d.value_minor, d.currency, d.hot, p.name AS pipeline, t.name AS stage,
               t.category AS stage_category, COALESCE(d.customized_win_likelihood, t.likelihood) AS win_likelihood,
               d.contact_id, c.name AS contact, d.organization_id, o.name AS organization,
               d.owner_id, u.name AS owner, u.email AS owner_email, s.name AS source, r.name AS loss_reason,
               d.estimated_close_date, d.tags, d.custom_fields, {d.last_stage_change_at}, {d.added_at}, d.added_by,
               {d.created_at}, {d.updated_at}, d.gone_at_source,
               d.value_basis, d.cloned_from_id, d.part, d.parts, q.name AS unqualified_reason
        FROM deal d LEFT JOIN stage t ON t.id = d.stage_id LEFT JOIN pipeline p ON p.id = t.pipeline_id
        LEFT JOIN contact c ON c.id = d.contact_id LEFT JOIN contact o ON o.id = d.organization_id
        LEFT JOIN "user" u ON u.id = d.owner_id LEFT JOIN source s ON s.id = d.source_id
        LEFT JOIN loss_reason r ON r.id = d.loss_reason_id
        LEFT JOIN unqualified_reason q ON q.id = d.unqualified_reason_id
        WHERE d.deleted_at IS NULL
    """,
    "v_stage_changes": """
        SELECT h.id, h.deal_id, f.name AS from_stage, t.name AS to_stage, p.name AS pipeline, {h.changed_at},
               h.changed_by, h.run_id
        FROM stage_change h LEFT JOIN stage f ON f.id = h.from_stage_id LEFT JOIN stage t ON t.id = h.to_stage_id
        LEFT JOIN pipeline p ON p.id = t.pipeline_id
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
               a.run_id, {a.assigned_at}, {a.given_back_at}, a.how, a.assigned_by,
               a.from_user_id, a.followed, a.spent
        FROM assignment a LEFT JOIN pool p ON p.id = a.pool_id LEFT JOIN "user" u ON u.id = a.user_id
    """,
    "v_activities": """
        SELECT 'note' AS type, n.id, n.resource_type, n.resource_id, {n.noted_at AS at}, n.user_id,
               COALESCE(u.name, n.added_by) AS "user", n.content AS text, NULL AS outcome
        FROM note n LEFT JOIN "user" u ON u.id = n.user_id
        UNION ALL
        SELECT 'task', t.id, t.resource_type, t.resource_id, {t.due_date AS at}, t.owner_id,
               COALESCE(u.name, t.added_by), t.content, CASE WHEN t.completed THEN 'completed' END
        FROM task t LEFT JOIN "user" u ON u.id = t.owner_id
        UNION ALL
        SELECT 'call', c.id, c.resource_type, c.resource_id, {c.made_at AS at}, c.user_id,
               COALESCE(u.name, c.added_by), c.summary, o.name
        FROM call c LEFT JOIN "user" u ON u.id = c.user_id LEFT JOIN call_outcome o ON o.id = c.outcome_id
        UNION ALL
        SELECT 'visit', v.id, v.resource_type, v.resource_id, {v.visited_at AS at}, v.user_id,
               COALESCE(u.name, v.added_by), v.summary, o.name
        FROM visit v LEFT JOIN "user" u ON u.id = v.user_id LEFT JOIN visit_outcome o ON o.id = v.outcome_id
        UNION ALL
        SELECT 'email', e.id, e.resource_type, e.resource_id, {e.sent_at AS at}, e.user_id,
               COALESCE(u.name, e.added_by), e.subject, NULL
        FROM email e LEFT JOIN "user" u ON u.id = e.user_id
    """,
    "v_source_links": """
        SELECT s.source, s.name AS stream, x.source_id, l.record_type, l.record_id
        FROM link l JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id
        WHERE l.identity AND x.deleted_at IS NULL
    """,
}
_VIEWS_BEFORE = ("v_leads", "v_contacts", "v_deals", "v_runs", "v_held", "v_assignments", "v_source_links")


def upgrade() -> None:
    """Add the tables and columns of the sales process, and make the views anew."""
    drop_views(op.get_bind(), _VIEWS_BEFORE)
    op.create_table(
        "away",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("starts_at", sa.Text(), nullable=True),
        sa.Column("ends_at", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_away_user_id", "away", ["user_id"], unique=False)
    op.create_table(
        "call",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("made_at", sa.Text(), nullable=True),
        sa.Column("duration", sa.Integer(), nullable=True),
        sa.Column("incoming", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("missed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("outcome_id", Id, nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("recording_url", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("associated_deal_ids", Json, nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_call_made_at", "call", ["made_at"], unique=False)
    op.create_index("ix_call_resource_id", "call", ["resource_id", "resource_type"], unique=False)
    op.create_table(
        "call_outcome",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_outcome")),
        sa.UniqueConstraint("name", name=op.f("uq_call_outcome_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "conversion",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("lead_id", Id, nullable=True),
        sa.Column("individual_id", Id, nullable=True),
        sa.Column("organization_id", Id, nullable=True),
        sa.Column("deal_id", Id, nullable=True),
        sa.Column("creator", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("details", Json, nullable=True),
        sa.Column("undone_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_conversion_deal_id", "conversion", ["deal_id"], unique=False)
    op.create_index("ix_conversion_individual_id", "conversion", ["individual_id"], unique=False)
    op.create_index("ix_conversion_lead_id", "conversion", ["lead_id"], unique=False)
    op.create_index("ix_conversion_organization_id", "conversion", ["organization_id"], unique=False)
    op.create_table(
        "email",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("incoming", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_email_resource_id", "email", ["resource_id", "resource_type"], unique=False)
    op.create_index("ix_email_sent_at", "email", ["sent_at"], unique=False)
    op.create_table(
        "facet",
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("record_type", "field", "value", "record_id", name=op.f("pk_facet")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_facet_record_id", "facet", ["record_id", "record_type"], unique=False)
    op.create_table(
        "figure",
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.Column("first_activity_at", sa.Text(), nullable=True),
        sa.Column("last_activity_at", sa.Text(), nullable=True),
        sa.Column("last_activity_type", sa.Text(), nullable=True),
        sa.Column("last_communication_at", sa.Text(), nullable=True),
        sa.Column("last_communication_type", sa.Text(), nullable=True),
        sa.Column("next_task_at", sa.Text(), nullable=True),
        sa.Column("next_task_id", Id, nullable=True),
        sa.Column("open_tickets", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("record_type", "record_id", name=op.f("pk_figure")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_figure_last_activity_at", "figure", ["record_type", "last_activity_at", "record_id"])
    op.create_index("ix_figure_last_communication_at", "figure", ["record_type", "last_communication_at", "record_id"])
    op.create_index("ix_figure_next_task_at", "figure", ["record_type", "next_task_at", "record_id"])
    op.create_index("ix_figure_open_tickets", "figure", ["record_type", "open_tickets", "record_id"])
    op.create_table(
        "hand_edit",
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", Id, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("edited_by", sa.Text(), nullable=True),
        sa.Column("edited_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("record_type", "record_id", "field", name=op.f("pk_hand_edit")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "note",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("is_important", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("noted_at", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_note_noted_at", "note", ["noted_at"], unique=False)
    op.create_index("ix_note_resource_id", "note", ["resource_id", "resource_type"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("record_ids", Json, nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=True),
        sa.Column("read_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "run_id", "user_id", "record_type", name=op.f("uq_notification_run_id_user_id_record_type")
        ),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_notification_user_id", "notification", ["user_id", "id"], unique=False)
    op.create_table(
        "notification_choice",
        sa.Column("user_id", Id, autoincrement=False, nullable=False),
        sa.Column("web", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("email", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_choice")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "notification_delivery",
        sa.Column("notification_id", Id, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("notification_id", "channel", name=op.f("pk_notification_delivery")),
        sqlite_autoincrement=False,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_notification_delivery_state", "notification_delivery", ["state"], unique=False)
    op.create_table(
        "smart_link",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smart_link")),
        sa.UniqueConstraint("record_type", "name", name=op.f("uq_smart_link_record_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "smart_list",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("record_type", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("filter", sa.Text(), nullable=True),
        sa.Column("columns", Json, nullable=True),
        sa.Column("sort", sa.Text(), nullable=True),
        sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_smart_list")),
        sa.UniqueConstraint("record_type", "name", name=op.f("uq_smart_list_record_type_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_table(
        "stage_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("deal_id", Id, nullable=True),
        sa.Column("from_stage_id", Id, nullable=True),
        sa.Column("to_stage_id", Id, nullable=True),
        sa.Column("changed_at", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_stage_change_deal_id", "stage_change", ["deal_id", "id"], unique=False)
    op.create_index("ix_stage_change_run_id", "stage_change", ["run_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("owner_id", Id, nullable=True),
        sa.Column("due_date", sa.Text(), nullable=True),
        sa.Column("remind_at", sa.Text(), nullable=True),
        sa.Column("completed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("completed_at", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_task_created_at", "task", ["created_at"], unique=False)
    op.create_index("ix_task_owner_id", "task", ["owner_id"], unique=False)
    op.create_index("ix_task_resource_id", "task", ["resource_id", "resource_type"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.Text(), nullable=True),
        sa.Column("last_comment_at", sa.Text(), nullable=True),
        sa.Column("last_comment", sa.Text(), nullable=True),
        sa.Column("satisfaction", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_ticket_source_external_id")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_ticket_resource_id", "ticket", ["resource_id", "resource_type"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=True),
        sa.Column("resource_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.Column("resource_address", Json, nullable=True),
        sa.Column("visited_at", sa.Text(), nullable=True),
        sa.Column("outcome_id", Id, nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.create_index("ix_visit_resource_id", "visit", ["resource_id", "resource_type"], unique=False)
    op.create_index("ix_visit_visited_at", "visit", ["visited_at"], unique=False)
    op.create_table(
        "visit_outcome",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_outcome")),
        sa.UniqueConstraint("name", name=op.f("uq_visit_outcome_name")),
        sqlite_autoincrement=True,
        sqlite_with_rowid=True,
    )
    op.add_column("assignment", sa.Column("how", sa.Text(), nullable=True))
    op.add_column("assignment", sa.Column("assigned_by", sa.Text(), nullable=True))
    op.add_column("assignment", sa.Column("from_user_id", Id, nullable=True))
    op.add_column("assignment", sa.Column("followed", sa.Text(), nullable=True))
    op.add_column("assignment", sa.Column("spent", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_index("ix_assignment_run_id", "assignment", ["run_id"], unique=False)
    op.create_index("ix_assignment_pool_id", "assignment", ["pool_id", "id"], unique=False)
    op.add_column("contact", sa.Column("deleted_at", sa.Text(), nullable=True))
    op.add_column("custom_field", sa.Column("former_names", Json, nullable=True))
    op.add_column("custom_field", sa.Column("former_choices", Json, nullable=True))
    op.add_column("custom_field", sa.Column("removed_at", sa.Text(), nullable=True))
    op.add_column("deal", sa.Column("deleted_at", sa.Text(), nullable=True))
    op.add_column("deal", sa.Column("value_basis", sa.Text(), nullable=True))
    op.add_column("deal", sa.Column("cloned_from_id", Id, nullable=True))
    op.add_column("deal", sa.Column("part", sa.Integer(), nullable=True))
    op.add_column("deal", sa.Column("parts", sa.Integer(), nullable=True))
    op.create_index(
        "ix_deal_cloned_from_id",
        "deal",
        ["cloned_from_id"],
        unique=False,
        sqlite_where=sa.text("cloned_from_id IS NOT NULL"),
        postgresql_where=sa.text("cloned_from_id IS NOT NULL"),
    )
    op.add_column("lead", sa.Column("deleted_at", sa.Text(), nullable=True))
    op.add_column("pool", sa.Column("fallback_user_id", Id, nullable=True))
    op.add_column("pool", sa.Column("fallback_pool_id", Id, nullable=True))
    op.add_column("pool", sa.Column("known_owner_first", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("pool", sa.Column("skip_present_owner", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("pool_member", sa.Column("paused_at", sa.Text(), nullable=True))
    op.add_column("pool_member", sa.Column("credit", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("pool_member", sa.Column("behind", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("run", sa.Column("notified_at", sa.Text(), nullable=True))
    op.add_column("stage", sa.Column("exit_criteria", sa.Text(), nullable=True))
    op.add_column("stage", sa.Column("removed_at", sa.Text(), nullable=True))
    op.add_column("stage", sa.Column("merged_into", Id, nullable=True))
    op.create_index("ix_run_notified_at", "run", ["notified_at"], unique=False)
    there = sa.text("merged_into IS NOT NULL")
    for table in ("lead", "contact"):
        op.create_index(f"ix_{table}_merged_into", table, ["merged_into"], sqlite_where=there, postgresql_where=there)
    # Planted once: whoever renames or removes an outcome does not find it back.
    for table in ("call_outcome", "visit_outcome"):
        op.execute(
            f"INSERT INTO {table} (name, created_at, updated_at) SELECT n.name, '{_SHIPPED}', '{_SHIPPED}' FROM "
            "(SELECT 1 AS place, 'Interested' AS name UNION ALL SELECT 2, 'Not interested' "
            "UNION ALL SELECT 3, 'Left message' UNION ALL SELECT 4, 'No answer' UNION ALL SELECT 5, 'Other') n "
            "ORDER BY n.place"
        )
    # Whoever got something by an earlier run knows it by now.
    op.execute("UPDATE run SET notified_at = COALESCE(finished_at, started_at)")
    # A deal's past stages are not known; where it stands is its first step.
    op.execute(
        "INSERT INTO stage_change (deal_id, to_stage_id, changed_at) SELECT id, stage_id, "
        "COALESCE(last_stage_change_at, added_at, created_at) FROM deal WHERE stage_id IS NOT NULL ORDER BY id"
    )
    # Leads that their sources made contacts of: each became its person's contact, when it was last changed.
    op.execute(
        "INSERT INTO conversion (lead_id, individual_id, created_at) SELECT l.id, MIN(c.id), l.updated_at FROM lead l "
        "JOIN contact c ON c.person_id = l.person_id AND c.merged_into IS NULL "
        "WHERE l.gone_at_source = 'converted' AND l.merged_into IS NULL GROUP BY l.id, l.updated_at ORDER BY l.id"
    )
    _index_for_lists()
    _fill_facets()
    create_views(op.get_bind(), _VIEWS)


_SIGHT = ("merged_into", "deleted_at", "gone_at_source")
_FOR_LISTS: dict[str, dict[str, tuple[str, ...]]] = {
    "lead": {"owner_id": _SIGHT, "status": _SIGHT, "source_id": _SIGHT},
    "contact": {"owner_id": _SIGHT[:2], "customer_status": _SIGHT[:2]},
    "deal": {"stage_id": ("deleted_at",), "owner_id": ("deleted_at",)},
}
_WITH_IDS: dict[str, dict[str, tuple[str, ...]]] = {
    "lead": {"added_at": ("created_at", "id", *_SIGHT)},
    "contact": {"added_at": ("created_at", "id", *_SIGHT[:2])},
    "deal": {"added_at": ("created_at", "id", "deleted_at"), "estimated_close_date": ("id", "deleted_at")},
}


def _index_for_lists() -> None:
    """Index what smart lists find and sort by, each with what decides whether a record is in sight."""
    for table, column in (("lead", "owner_id"), ("contact", "owner_id"), ("deal", "owner_id"), ("deal", "stage_id")):
        op.drop_index(f"ix_{table}_{column}", table)
    wanted: list[tuple[str, str, tuple[str, ...]]] = [
        (table, column, more)
        for indexes in (_FOR_LISTS, _WITH_IDS)
        for table, columns in indexes.items()
        for column, more in columns.items()
    ]
    for table, column, more in wanted:
        op.create_index(f"ix_{table}_{column}", table, [column, *more])
    _index_names()


def _index_names() -> None:
    """Index last names; SQLite looks through these texts in the place of the whole table, whatever their case."""
    if op.get_bind().dialect.name == "sqlite":
        first = (sa.text("last_name COLLATE NOCASE"), "first_name")
        op.create_index("ix_lead_names", "lead", [*first, "organization_name", "email", *_SIGHT])
        op.create_index("ix_contact_names", "contact", [*first, "name", "email", *_SIGHT[:2]])
    else:
        op.create_index("ix_lead_last_name", "lead", ["last_name"])
        op.create_index("ix_contact_last_name", "contact", ["last_name"])


def _fill_facets() -> None:
    fill(Writer(op.get_bind()))
