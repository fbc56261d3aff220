"""Facebook and Instagram Lead Ads: what people entered into a page's forms. Source of facts: Graph API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from connectors.connector import (
    Check,
    Connector,
    Cursor,
    Delivery,
    JsonObject,
    Page,
    Request,
    SourceField,
    SourceRecord,
    Stream,
)
from connectors.errors import RefusedRequest, SetupError
from connectors.facebook_leads.answers import TITLE, RefusedCallError
from connectors.facebook_leads.check import NOT_SHOWN, checks
from connectors.facebook_leads.forms import FORM_FIELDS, LEAD, is_test, question_fields, shaped
from connectors.facebook_leads.graph import GraphApi, Listing, Next
from connectors.facebook_leads.hook import Noticed, challenge, key_of, noticed, verified
from connectors.facebook_leads.reading import Place, Progress, created_iso, read_form
from connectors.facebook_leads.settings import FacebookLeadsConfig

LEADS = Stream("leads", "people")
FORMS_AT_ONCE = 100
METHOD_NOT_ALLOWED = 405


class FacebookLeads(Connector[FacebookLeadsConfig]):
    """Leads of a page's forms, pulled form by form, and told by webhook.

    A record is the lead as sent, with its form's name and its answers by key, by type and by label. Leads do
    not change, and the vendor tells of no deletion: after 90 days it forgets them, which is none.
    """

    name: ClassVar[str] = "facebook_leads"
    title: ClassVar[str] = TITLE
    Config = FacebookLeadsConfig

    def __init__(self, config: FacebookLeadsConfig) -> None:
        super().__init__(config)
        self._api = GraphApi(config, self._count)

    def streams(self) -> Sequence[Stream]:
        return [LEADS]

    def check(self) -> list[Check]:
        return checks(self._api, self.config, self._forms)

    def discover(self, stream: str) -> list[SourceField]:
        self._known(stream)
        return [*LEAD, *question_fields(self._forms())]

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the leads of each form, newest first; a form's list ends where the vendor names no next page.

        Raises:
            QuotaError: our share of the limits is used up; the cursor says where to go on.
        """
        self._known(stream)
        progress = Progress(cursor)
        for form in self._forms():
            yield from self._read(form, progress)

    def cursor_since(self, stream: str, since: datetime) -> Cursor:
        self._known(stream)
        if since.tzinfo is None:
            raise SetupError(f"{TITLE}: a time without time zone", fix="write it like 2026-11-01T00:00Z")
        return {"since": int(since.timestamp()), "forms": {}}

    def receive(self, request: Request) -> Delivery:
        """Verify a notice and fetch the leads that it names.

        A lead that the token may not see is left out: it is another page's, or made by a testing tool.

        Raises:
            RefusedRequest: 401 forged; 400 no notice.
            TransientError, CredentialsError: a lead cannot be fetched now; the vendor sends its notice again.
        """
        if request.method != "POST":
            raise RefusedRequest("a notice comes by POST", status=METHOD_NOT_ALLOWED)
        if self.config.app_secret is None:
            raise SetupError(f"{TITLE}: `app_secret` is not set, so nothing can be verified", fix="set `app_secret`")
        verified(request, self.config.app_secret.get_secret_value())
        found = [each for each in noticed(request.body) if self._is_ours(each)]
        return Delivery(key_of(found, request.body), LEADS.name, list(self._fetched(found)))

    def handshake(self, request: Request) -> str:
        """Answer the question by which the vendor makes sure that a webhook's address is ours."""
        if self.config.verify_token is None:
            raise SetupError(f"{TITLE}: `verify_token` is not set", fix="set `verify_token`, as in the app")
        return challenge(request, self.config.verify_token.get_secret_value())

    def close(self) -> None:
        self._api.close()

    def _forms(self) -> list[JsonObject]:
        if self.config.forms is not None:
            return [self._form(form) for form in self.config.forms]
        params = {"fields": FORM_FIELDS, "limit": FORMS_AT_ONCE}
        return list(self._api.every(f"/{self.config.page}/leadgen_forms", params))

    def _form(self, form: str) -> JsonObject:
        return self._api.get(f"/{form}", {"fields": FORM_FIELDS})

    def _read(self, form: JsonObject, progress: Progress) -> Iterator[Page]:
        id_ = str(form["id"])
        place = progress.place(id_)
        is_first, shown, tests = place == Place(), 0, 0
        for portion in read_form(partial(self._leads, id_), place, self.config.overlap):
            records = self._records(portion.rows, form)
            shown, tests = shown + len(portion.rows), tests + len(portion.rows) - len(records)
            is_last = portion.behind.next is None
            told = _told(form, shown if is_first else None, tests) if is_last else ()
            yield Page(records, progress.at(id_, portion.behind), (*portion.notices, *told))

    def _leads(self, form: str, window: dict[str, Any], more: Next | None) -> Listing:
        params = {"fields": self.config.lead_fields, "limit": self.config.page_size, **window}
        return self._api.page(f"/{form}/leads", params, more)

    def _records(self, leads: Iterable[JsonObject], form: JsonObject) -> list[SourceRecord]:
        kept = (lead for lead in leads if self.config.test_leads or not is_test(lead))
        return [SourceRecord(str(lead["id"]), shaped(lead, form), created_iso(lead)) for lead in kept]

    def _is_ours(self, each: Noticed) -> bool:
        forms, page = self.config.forms, self.config.page
        is_ours = page == "me" or not each.page or each.page == page
        return is_ours and (forms is None or not each.form or each.form in forms)

    def _fetched(self, found: Iterable[Noticed]) -> Iterator[SourceRecord]:
        forms: dict[str, JsonObject] = {}
        for each in found:
            try:
                lead = self._api.get(f"/{each.lead}", {"fields": self.config.lead_fields})
                id_ = str(lead.get("form_id") or each.form)
                if id_ not in forms:
                    forms[id_] = self._form(id_)
            except RefusedCallError:
                continue
            yield from self._records([lead], forms[id_])

    def _count(self) -> None:
        self.calls += 1

    def _known(self, stream: str) -> None:
        if stream != LEADS.name:
            raise SetupError(f"{TITLE} has no stream {stream!r}", fix=f"streams: {LEADS.name}")


def _told(form: JsonObject, shown: int | None, tests: int) -> tuple[str, ...]:
    """Say what of a form was not read, as far as the vendor lets one know."""
    told = [f"form {form['id']}: {tests} test leads left out"] if tests else []
    count = form.get("leads_count")
    if shown is not None and isinstance(count, int) and shown < count:
        told.append(f"form {form['id']} counts {count} leads, {shown} are shown; the others are {NOT_SHOWN}")
    return tuple(told)
