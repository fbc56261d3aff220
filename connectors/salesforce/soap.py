"""Signing in by user name, password and security token alone, without a connected app: SOAP's `login()`.

simple-salesforce speaks it; Salesforce offers it up to API version 64.0, and not at all in orgs that turned it off.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from connectors.errors import TransientError
from connectors.salesforce.errors import Refused, refusal

if TYPE_CHECKING:
    import requests
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed

    from connectors.salesforce.config import SalesforceConfig

PATH = "/services/Soap/"
LAST_VERSION = "64.0"
NOT_OFFERED = frozenset({404, 405, 410})
_FAULT = re.compile(r"<faultstring>([^<]*)<")


def soap_login(http: requests.Session, config: SalesforceConfig, host: str) -> tuple[str, str]:
    """Sign in; give the session's id and the instance's address.

    Raises:
        Refused: with SOAP's code, `INVALID_LOGIN`; or an HTTP status in `NOT_OFFERED`.
        TransientError: the answer cannot be read.
    """
    from simple_salesforce.exceptions import SalesforceAuthenticationFailed
    from simple_salesforce.login import SalesforceLogin

    password, addition = config.password, config.security_token
    try:
        token, instance = SalesforceLogin(
            username=config.username,
            password=password.get_secret_value() if password else "",
            security_token=addition.get_secret_value() if addition else "",
            sf_version=min(config.api_version, LAST_VERSION, key=float),
            session=http,
            scratch_url=host,
        )
    except SalesforceAuthenticationFailed as error:
        raise _refused(error, config) from None
    except ExpatError:
        raise TransientError(
            "Salesforce: the login answered with something that is no XML",
            fix="check base_url; if it is right, it is tried again at the next run",
        ) from None
    return token, host if config.base_url else f"https://{instance}"


def _refused(error: SalesforceAuthenticationFailed, config: SalesforceConfig) -> Refused:
    """What the SDK made of it: SOAP's code and text; or an HTTP status, where the answer was no XML."""
    code, text = error.code, str(error.auth_message or "")
    if isinstance(code, int):
        return Refused(code, "", "no XML in the answer", f"POST {PATH}")
    if fault := _FAULT.search(text):  # without a code of its own the SDK gives the whole answer
        text = fault[1]
    said = {"errorCode": (code or text.partition(":")[0]).removeprefix("sf:"), "message": text}
    return refusal(500, said, f"POST {PATH}", config.secrets())
