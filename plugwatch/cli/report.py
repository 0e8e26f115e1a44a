"""``plugwatch report``: pages made from the ledger, for the owner, a client, or whoever asks what happened."""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "agency": ("report_agency", "The agency's board: a folder of pages that work offline."),
    "client": ("report_client", "What we did for a client in a month, in the client's language."),
    "incident": ("report_incident", "The draft of a post-incident report."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def report() -> None:
    """Pages to look at: the agency's board, a client's month, an incident's story."""
