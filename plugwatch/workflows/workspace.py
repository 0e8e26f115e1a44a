"""The text of a new workspace's plugwatch.toml."""

from __future__ import annotations

import json

_TEMPLATE = """\
# plugwatch workspace. Every key and its default: see docs/configuration.md. No secret ever stands in this file.

[agency]
name = {name}
email = {email}          # author of commits and mails to vendors
url = {url}
signature = {signature}
timezone = {timezone}
hours = "Mon-Fri 9-18"    # promises fall inside them unless the client's say otherwise

[database]
url = {database}

[sla]
first_response = "15m"
update_every = "1h"
"""


def settings_text(*, name: str, email: str, url: str, timezone: str, database: str) -> str:
    """A plugwatch.toml for a new agency. TOML's basic strings take JSON's escapes (https://toml.io/en/v1.0.0#string)."""
    signature = f"The {name} team" if name else ""
    values = {"name": name, "email": email, "url": url, "signature": signature, "timezone": timezone}
    values["database"] = database
    # As it is, not as ASCII: JSON writes an emoji as two halves, which TOML refuses.
    return _TEMPLATE.format(**{key: json.dumps(text, ensure_ascii=False) for key, text in values.items()})
