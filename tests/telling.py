"""An agency with an incident to tell of: three clients in two languages, and a mail server to do it through.

Not a test itself. Use::

    from telling import AGENCY_TOML, TO_TELL, with_smtp
"""

from __future__ import annotations

from pathlib import Path

from peers.smtp import SmtpServer

AGENCY_TOML = """\
[agency]
name = "Fernhill Web"
email = "dev@fernhill.example"
url = "https://fernhill.example"
signature = "The Fernhill team"
timezone = "Europe/Berlin"
hours = "24/7"
"""

# Acme has called, Bolt has written, Corvid has not noticed.
TO_TELL: tuple[tuple[str, ...], ...] = (
    ("client", "add", "acme", "--name", "Acme Bakery", "--contact", "Maria Marlowe <maria@acme.example>"),
    ("client", "set", "acme", "--language", "en", "--timezone", "Europe/London"),
    ("client", "add", "bolt", "--name", "Bolt Fahrrad", "--contact", "Ute Ritter <ute@bolt.example>"),
    ("client", "set", "bolt", "--language", "de", "--tone", "casual"),
    ("client", "add", "corvid", "--name", "Corvid Legal", "--contact", "it@corvid.example", "--language", "en"),
    ("site", "add", "acme", "--client", "acme", "--tier", "shop", "--url", "https://acme.example"),
    ("site", "add", "bolt", "--client", "bolt", "--tier", "lead", "--url", "https://bolt.example"),
    ("site", "add", "corvid", "--client", "corvid", "--url", "https://corvid.example"),
    *(("site", "import", site, "list.csv") for site in ("acme", "bolt", "corvid")),
    ("incident", "open", "acme", "tidy", "the form does not send", "--caller", "Maria Marlowe"),
    ("incident", "open", "bolt", "tidy", "keine Anfragen seit gestern", "--heard", "mail"),
    ("incident", "impact", "1", "--set", "corvid=affected"),
    ("vendor", "set", "tidy", "--name", "Tidyworks", "--domain", "tidyworks.example"),
)


def write_list(folder: Path) -> None:
    """What runs on each of the sites, as ``list.csv``."""
    (folder / "list.csv").write_text("name,status,update,version\ntidy-forms,active,none,5.9.4\n")


def with_smtp(server: SmtpServer, *, user: str | None = None) -> str:
    """A plugwatch.toml that sends through this server."""
    return f'{AGENCY_TOML}[smtp]\nhost = "{server.host}"\nport = {server.port}\nuser = "{user or server.user}"\n'
