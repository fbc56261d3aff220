"""The views that people query: stable across versions, documented in docs/database.md.

A view is remade by the migration that changes it; PostgreSQL shows times as timestamps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

VIEWS: dict[str, str] = {
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
    "v_tickets": """
        SELECT t.id, t.source, t.external_id, t.subject, t.status, t.resource_type, t.resource_id, {t.opened_at},
               {t.last_comment_at}, t.last_comment, t.satisfaction
        FROM ticket t
    """,
    "v_source_links": """
        SELECT s.source, s.name AS stream, x.source_id, l.record_type, l.record_id
        FROM link l JOIN source_record x ON x.id = l.source_record_id JOIN stream s ON s.id = x.stream_id
        WHERE l.identity AND x.deleted_at IS NULL
    """,
}
"""View → its query; `{t.column}` is a time, `{t.column AS name}` one that is called something else there."""


def create_views(connection: sa.Connection, views: Mapping[str, str] = VIEWS) -> None:
    """Make views: those of today, or those that a migration names."""
    as_time = "CAST({0} AS timestamptz) AS {1}" if connection.dialect.name == "postgresql" else "{0} AS {1}"
    for name, query in views.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {_with_times(query, as_time)}")


def drop_views(connection: sa.Connection, names: Iterable[str]) -> None:
    """Take views away; a migration that changes them makes them anew."""
    for name in names:
        connection.exec_driver_sql(f"DROP VIEW {name}")


def _with_times(query: str, as_time: str) -> str:
    parts = query.split("{")
    written = [parts[0]]
    for part in parts[1:]:
        named, _, rest = part.partition("}")
        column, _, name = named.partition(" AS ")
        written.append(as_time.format(column, name or column.partition(".")[2]) + rest)
    return "".join(written)
