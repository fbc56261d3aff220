"""The views that people query: stable across versions, documented in docs/database.md.

A view is remade by the migration that changes it; PostgreSQL shows times as timestamps.
"""

from __future__ import annotations

import sqlalchemy as sa

VIEWS: dict[str, str] = {
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
"""View → its query; `{t.column}` is a time."""


def create_views(connection: sa.Connection) -> None:
    """Make all views."""
    as_time = "CAST({0} AS timestamptz) AS {1}" if connection.dialect.name == "postgresql" else "{0} AS {1}"
    for name, query in VIEWS.items():
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {_with_times(query, as_time)}")


def _with_times(query: str, as_time: str) -> str:
    parts = query.split("{")
    written = [parts[0]]
    for part in parts[1:]:
        column, _, rest = part.partition("}")
        written.append(as_time.format(column, column.partition(".")[2]) + rest)
    return "".join(written)
