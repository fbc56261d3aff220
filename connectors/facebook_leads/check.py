"""The live checks of a page: each right by a call that needs it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.connector import Check, JsonObject
from connectors.errors import CredentialsError, SetupError
from connectors.facebook_leads.graph import GraphApi
from connectors.facebook_leads.settings import FacebookLeadsConfig

NOT_SHOWN = (
    "older than 90 days, or hidden: give the token's person and the app access in Business settings > Leads access"
)
FIX_FORMS = "make the page token with pages_show_list, pages_read_engagement and pages_manage_ads"
FIX_LEADS = (
    "make the page token with leads_retrieval (and ads_management), and give its person and the app access to the "
    "page's leads in Business settings > Leads access"
)
FIX_APPS = "make the page token with pages_manage_metadata"
FIX_SUBSCRIBE = (
    "let the page install the app: POST /PAGE/subscribed_apps?subscribed_fields=leadgen, with the page's token"
)
FIX_VERIFY = 'set `verify_token = "env:FACEBOOK_VERIFY_TOKEN"`, the same word as in the app\'s webhook settings'


def checks(api: GraphApi, config: FacebookLeadsConfig, forms: Callable[[], list[JsonObject]]) -> list[Check]:
    """Try the token, the list of forms, a form's leads, and where webhooks are set up, the page's subscription."""
    page = api.get(f"/{config.page}", {"fields": "id,name"})
    found = [Check("credentials", True, f"page {page.get('id')} {page.get('name') or ''}".strip())]
    listed: list[JsonObject] = []

    def count_forms() -> str:
        listed.extend(forms())
        return f"{len(listed)} to read"

    found.append(_tried("forms", count_forms, FIX_FORMS))
    if listed:
        found.append(_tried("leads", lambda: _sample(api, listed), FIX_LEADS))
    if config.app_secret or config.verify_token:
        found.append(_subscription(api, config))
    return [*found, Check("rate", api.used < 100, f"{api.used:g} % of the vendor's limits used")]


def _tried(name: str, what: Callable[[], str], fix: str) -> Check:
    try:
        return Check(name, True, what())
    except CredentialsError:
        raise
    except SetupError as error:
        return Check(name, False, str(error), fix)


def _sample(api: GraphApi, forms: list[JsonObject]) -> str:
    """Ask for a lead of the form that has most."""
    form = max(forms, key=_count)
    rows = api.page(f"/{form['id']}/leads", {"fields": "id", "limit": 1}).rows
    return (
        "readable"
        if rows or not _count(form)
        else f"form {form['id']} counts {_count(form)}, none is shown: {NOT_SHOWN}"
    )


def _count(form: JsonObject) -> int:
    count = form.get("leads_count")
    return count if isinstance(count, int) else 0


def _subscription(api: GraphApi, config: FacebookLeadsConfig) -> Check:
    if not (config.app_secret and config.verify_token):
        missing = "verify_token" if config.app_secret else "app_secret"
        return Check("webhook", False, f"`{missing}` is not set, so nothing can be received", FIX_VERIFY)
    try:
        apps = list(api.every(f"/{config.page}/subscribed_apps", {"fields": "id,subscribed_fields"}))
    except CredentialsError:
        raise
    except SetupError as error:
        return Check("webhook", False, str(error), FIX_APPS)
    told = any("leadgen" in (app.get("subscribed_fields") or ()) for app in apps)
    return Check(
        "webhook",
        told,
        "the page tells of leads" if told else "the page tells no app of leads",
        "" if told else FIX_SUBSCRIBE,
    )
