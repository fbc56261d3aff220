"""A hub.toml to start from: two people who take turns, and every kind of source ready to be switched on."""

from __future__ import annotations

from pathlib import Path

from hub.settings import FILE_NAME
from sell_model.errors import SetupError

SAMPLE = """\
# Settings of this hub. Every one of them: docs/settings.md. Whether they are right: sellhub doctor
# Secrets stand here by reference only: "env:NAME" (an environment variable) or "file:PATH" (a file).

[hub]
region = "US"                       # of phone numbers that do not say their country
currency = "USD"                    # of deals that do not say theirs
timezone = "UTC"                    # of times that do not say theirs
# alert = "env:ALERT_URL"           # where failed and late runs are told: any Apprise URL

[storage]
url = "sqlite:///hub.db"            # or postgresql+psycopg://user@host/database, or "env:DATABASE_URL"

# Who the hub starts with. Once they are made, the database rules: sellhub pool add, sellhub pool remove.

[[users]]
name = "Ann Li"
email = "ann@example.com"

[[users]]
name = "Bo Berg"
email = "bo@example.com"

[[pools]]
name = "Inbound"                    # deals out, by turns, what comes without an owner
of = "lead"
members = ["ann@example.com", "bo@example.com"]

# Sources. Take the `# ` off a section to switch it on, then: sellhub connector check NAME, sellhub sync NAME

# [sources.events]
# connector = "csv"
# path = "events.csv"               # a file, or a pattern such as "exports/leads-*.csv"
# pool = "Inbound"

# [sources.crm]
# connector = "hubspot"
# token = "env:HUBSPOT_TOKEN"       # of a private app; its rights: docs/connectors/hubspot.md
# schedule = "*/15 * * * *"         # cron, UTC; brought into force by: sellhub deploy
# pool = "Inbound"

# [sources.salesforce]
# connector = "salesforce"
# client_id = "env:SALESFORCE_CLIENT_ID"
# client_secret = "env:SALESFORCE_CLIENT_SECRET"
# base_url = "https://example.my.salesforce.com"
# schedule = "*/15 * * * *"
# pool = "Inbound"
# priority = 10                     # wins over sources with less where they disagree

# [sources.newsletter]
# connector = "mailchimp"
# token = "env:MAILCHIMP_TOKEN"     # with its data centre, such as …-us19
# schedule = "0 * * * *"
# pool = "Inbound"

# [sources.support]
# connector = "zendesk_support"
# subdomain = "example"
# email = "admin@example.com"
# token = "env:ZENDESK_TOKEN"
# schedule = "*/30 * * * *"
# pool = "Inbound"

# [sources.website]
# connector = "webhook"             # a form posts here: sellhub serve
# secret = "env:WEBSITE_SECRET"
# pool = "Inbound"

# [sources.contact]
# connector = "form"                # a form of the hub's own, at /forms/contact: sellhub serve
# title = {en = "Contact us", zh = "联系我们"}
# pool = "Inbound"

# [sources.partners]
# connector = "leads_api"           # /v2/leads in Sell's own shape: sellhub token add NAME --source partners
# pool = "Inbound"

# [sources.sell]
# connector = "sell"                # Zendesk Sell itself; it ends on 2027-08-31
# token = "env:SELL_TOKEN"          # of an admin: others see less
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.typeform]
# connector = "typeform"
# token = "env:TYPEFORM_TOKEN"
# schedule = "*/30 * * * *"
# pool = "Inbound"

# [sources.jotform]
# connector = "jotform"
# token = "env:JOTFORM_KEY"
# timezone = "Europe/Berlin"        # of the account
# schedule = "*/30 * * * *"
# pool = "Inbound"

# [sources.wufoo]
# connector = "wufoo"
# subdomain = "example"
# token = "env:WUFOO_KEY"
# timezone = "Europe/Berlin"        # of the account
# schedule = "*/30 * * * *"
# pool = "Inbound"

# [sources.fair_list]
# connector = "google_sheets"
# spreadsheet = "https://docs.google.com/spreadsheets/d/1HVDGFSRVMTRJbo2n8Vh7TZt7EGFBLOdyNGk1Zb8H_SY/edit"
# access_token = "env:GOOGLE_TOKEN"
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.contact_form]
# connector = "google_forms"
# form = "https://docs.google.com/forms/d/1Yk0a1b2c3d4/edit"
# access_token = "env:GOOGLE_TOKEN"
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.wordpress]
# connector = "gravity_forms"
# site = "https://www.example.com"
# consumer_key = "env:GRAVITY_KEY"
# consumer_secret = "env:GRAVITY_SECRET"
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.facebook]
# connector = "facebook_leads"
# token = "env:FACEBOOK_TOKEN"      # of the page, long-lived; rights: leads_retrieval, pages_show_list, …
# page = "1000001"
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.billing]
# connector = "singer"              # any Singer tap, installed in an environment of its own
# command = "/opt/taps/tap-example/bin/tap-example"
# config = { start_date = "2026-01-01" }   # secrets: "file:tap-example.json", or "env:TAP_CONFIG", as JSON
# schedule = "0 * * * *"
# pool = "Inbound"

# [sources.chat]
# connector = "zendesk_chat"
# subdomain = "example"
# oauth_token = "env:ZENDESK_CHAT_TOKEN"
# schedule = "*/15 * * * *"
# pool = "Inbound"

# [sources.mail]
# connector = "imap"                # mail stands beside who wrote; who is nobody yet: sellhub suggestion list
# host = "imap.example.com"
# user = "sales@example.com"
# password = "env:MAIL_PASSWORD"
# own_domains = ["example.com"]
# schedule = "*/15 * * * *"

# Destinations: what changes here goes there by `sellhub push NAME`.

# [destinations.export]
# connector = "csv"
# folder = "export"
"""


def write_settings(home: Path, *, force: bool = False) -> Path:
    """Write a hub.toml to start from into a folder, which is made when it is not there.

    Raises:
        SetupError: there is one already and `force` is not set, or the folder cannot be written.
    """
    path = home / FILE_NAME
    if path.exists() and not force:
        raise SetupError(f"{path} is there already", fix="edit it, or start afresh: sellhub init --force")
    try:
        home.mkdir(parents=True, exist_ok=True)
        beside = home / f".{FILE_NAME}.part"
        beside.write_text(SAMPLE, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}", fix="check the folder's rights") from error
    return path
