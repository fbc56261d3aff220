"""`/forms/SOURCE`: a form that works without scripts and cookies; what is sent by it is a lead within a second."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool

from connectors.connector import Request as Received
from connectors.errors import ConnectorError, RefusedRequest
from connectors.form.connector import Form
from connectors.form.reading import UTM, RefusedForm, language_of, read_fields, trap_of
from connectors.form.settings import FormConfig, in_language
from connectors.form.stamps import Stamp
from connectors.form.wording import LANGUAGES, LINE, Language, said
from console.web.answers import failed, told
from console.web.bodies import read_body
from console.web.door import RETRY_AFTER, Door, as_received, door_of, name_of
from console.web.limits import neighbourhood, retry_after
from hub.forms import form_of, submit
from hub.intake import refuse
from sell_model.errors import HubError

log = logging.getLogger("sellhub")
router = APIRouter(prefix="/forms")

HERE = Path(__file__).parent
SEE_OTHER, UNPROCESSABLE, TOO_MANY, UNAVAILABLE = 303, 422, 429, 503
OFTEN = "form: too many from one address"


@router.get("/form.css")
async def style() -> Response:
    """Give the style sheet of forms."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/{source}")
async def show(source: str, request: Request) -> Response:
    """Show a form."""
    return await run_in_threadpool(
        _shown, door_of(request), source, as_received(door_of(request), request, b""), request
    )


@router.get("/{source}/thanks")
async def thanks(source: str, request: Request) -> Response:
    """Say thanks for what was sent."""
    return await run_in_threadpool(_thanked, door_of(request), source, request)


@router.post("/{source}")
async def send(source: str, request: Request) -> Response:
    """Take what was sent: 303 to the thanks, 422 with what is wrong at each question, 429 too often."""
    door = door_of(request)
    try:
        received = as_received(door, request, await read_body(request))
    except RefusedRequest as refused:
        await run_in_threadpool(refuse, door.hub, source, str(refused), refused.status, door.inbox)
        return _plainly(door, source, refused)
    return await run_in_threadpool(_taken, door, source, received, request)


def _shown(door: Door, source: str, received: Received, request: Request) -> Response:
    try:
        with form_of(door.hub, source) as form:
            values = {name: text for name in UTM if 0 < len(text := request.query_params.get(name, "")) <= LINE}
            return _page(source, form, form.stamp(received), _language(request, form.config), values)
    except RefusedRequest as refused:
        return _plainly(door, source, refused)
    except (HubError, ConnectorError) as error:
        return _not_now(door, source, error)


def _thanked(door: Door, source: str, request: Request) -> Response:
    try:
        with form_of(door.hub, source) as form:
            language = _language(request, form.config)
            content = _templates().get_template("thanks.html").render(_words(form.config, language))
            return HTMLResponse(content, headers=_headers(form.config))
    except RefusedRequest as refused:
        return _plainly(door, source, refused)
    except (HubError, ConnectorError) as error:
        return _not_now(door, source, error)


def _taken(door: Door, source: str, received: Received, request: Request) -> Response:
    try:
        with form_of(door.hub, source) as form:
            language = _language(request, form.config)
            try:
                return _kept(door, source, form, received, request)
            except RefusedForm as refused:
                log.warning("%s: %d refused, %s", name_of(door, source), refused.status, refused)
                return _shown_again(source, form, received, language, refused)
            except (HubError, ConnectorError) as error:
                if isinstance(error, RefusedRequest):
                    raise
                log.error("%s: %d not received, %s", name_of(door, source), UNAVAILABLE, told(error))
                values = read_fields(received)
                again = RefusedForm("not now", "later", values, status=UNAVAILABLE)
                answer = _shown_again(source, form, received, language, again)
                answer.headers.update(RETRY_AFTER)
                return answer
    except RefusedRequest as refused:
        return _plainly(door, source, refused)
    except (HubError, ConnectorError) as error:
        return _not_now(door, source, error)


def _kept(door: Door, source: str, form: Form, received: Received, request: Request) -> Response:
    """Keep what was sent, and go on to the thanks, so that a page that is loaded anew sends nothing twice."""
    config = form.config
    who = neighbourhood(request.client.host if request.client else None)
    if wait := door.rates.wait(("form", source, who), config.per_hour / 3600, config.per_hour):
        refuse(door.hub, source, OFTEN, TOO_MANY, door.inbox)
        again = RefusedForm("too many from one address", "often", read_fields(received), status=TOO_MANY)
        answer = _shown_again(source, form, received, _language(request, config), again)
        answer.headers.update(retry_after(wait))
        return answer
    try:
        accepted = submit(door.hub, source, received, door.inbox)
    except RefusedForm as refused:
        if refused.key:
            raise
        log.warning("%s: passed over, %s", name_of(door, source), refused)
    else:
        if not accepted.duplicate:
            door.drainer.wake(source)
    here = f"/forms/{quote(source, safe='')}/thanks?lang={_language(request, config)}"
    return RedirectResponse(config.thanks_url or here, SEE_OTHER)


def _shown_again(source: str, form: Form, received: Received, language: Language, refused: RefusedForm) -> Response:
    """Show the form with what was typed; a page whose stamp still holds keeps it, so that its time goes on."""
    stamp = refused.stamp or form.stamp(received)
    kept = {name: text for name, text in refused.values.items() if name != trap_of(stamp, form.config)}
    notice = "" if refused.key == "problem" else said(refused.key, language)
    return _page(source, form, stamp, language, kept, refused.faults, notice, refused.status)


def _page(
    source: str,
    form: Form,
    stamp: Stamp,
    language: Language,
    values: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> HTMLResponse:
    config, wrong = form.config, dict(faults or {})
    labels = {question.name: question.asked(language) for question in config.fields}
    labels["consent"] = in_language(config.consent or "", language)
    content = (
        _templates()
        .get_template("form.html")
        .render(
            **_words(config, language),
            source=source,
            values=values,
            faults=wrong,
            listed_faults=[(name, label, wrong[name]) for name, label in labels.items() if name in wrong],
            notice=notice,
            stamp=stamp.signed(form.key),
            trap=trap_of(stamp, config),
            utm=UTM,
        )
    )
    return HTMLResponse(content, status, _headers(config))


def _words(config: FormConfig, language: Language) -> dict[str, Any]:
    def say(key: str) -> str:
        return said(key, language)

    def mark(needed: bool) -> Markup:
        return Markup("<small>{}</small>").format(say("required" if needed else "optional"))

    def fault_of(name: str, fault: str | None) -> Markup:
        if not fault:
            return Markup("")
        return Markup('<p class="fault" id="{}-fault">{}</p>').format(name, say(fault))

    return {
        "form": config,
        "language": language,
        "say": say,
        "mark": mark,
        "fault_of": fault_of,
        "text": lambda text: escape(in_language(text, language)),
    }


def _headers(config: FormConfig) -> dict[str, str]:
    """Say what a browser may do with the page: no scripts, frames only on the sites that are named."""
    frames = " ".join(config.allowed_origins) or "'none'"
    onward = f" {_origin(config.thanks_url)}" if config.thanks_url else ""
    policy = (
        f"default-src 'none'; style-src 'self'; form-action 'self'{onward}; base-uri 'none'; frame-ancestors {frames}"
    )
    usual = {"Content-Security-Policy": policy, "Vary": "Accept-Language"}
    # Browsers that know frame-ancestors pass this one over; others must not be told to refuse every frame.
    return {**usual, "X-Frame-Options": ""} if config.allowed_origins else usual


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _language(request: Request, config: FormConfig) -> Language:
    """Choose a language: the one that is asked for, else the first of ours that the browser names, else the form's."""
    if wanted := request.query_params.get("lang"):
        return language_of(wanted, config)
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag = part.partition(";")[0].strip().lower().partition("-")[0]
        if found := next((language for language in LANGUAGES if language == tag), None):
            return found
    return config.language


def _plainly(door: Door, source: str, refused: RefusedRequest) -> Response:
    log.warning("%s: %d refused, %s", name_of(door, source), refused.status, refused)
    return failed(refused.status, str(refused))


def _not_now(door: Door, source: str, error: Exception) -> Response:
    log.error("%s: %d not shown, %s", name_of(door, source), UNAVAILABLE, told(error))
    return failed(UNAVAILABLE, "this form cannot be shown now; come again later", RETRY_AFTER)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _style() -> str:
    return (HERE / "static" / "form.css").read_text(encoding="utf-8")
