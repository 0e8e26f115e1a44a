"""``plugwatch incident``: breakages, from the call to the end.

Nothing is imported here: the sentence to say must be on the screen at once.
"""

from __future__ import annotations

import click

from plugwatch.cli.lazy import LazyGroup

_VERBS = {
    "open": ("incident_open", "Log a breakage: the last argument is what the client said."),
    "call": ("incident_call", "Log another call about an incident."),
    "set": ("incident_set", "Change what is known of an incident."),
    "note": ("incident_set", "Add a line to an incident's timeline."),
    "impact": ("incident_impact", "Which sites it hits, which it will hit next, and what somebody decided."),
    "hold": ("incident_hold", "Keep versions of a component off the sites."),
    "mitigate": ("incident_life", "Say that sites work again, by whatever means."),
    "tell": ("incident_tell", "Tell the clients: one message each, shown first and sent with --send."),
    "resolve": ("incident_life", "Say that it is over."),
    "close": ("incident_life", "End an incident for good."),
    "reopen": ("incident_life", "Take up an incident again that has come back."),
    "merge": ("incident_join", "Make two incidents one."),
    "link": ("incident_join", "Note that another incident was the same trouble."),
    "list": ("incident_show", "Incidents, the newest first."),
    "show": ("incident_show", "One incident, with all that belongs to it."),
    "hours": ("incident_hours", "The time that was spent, and what it cost."),
}


@click.group(cls=LazyGroup, table=_VERBS)
def incident() -> None:
    """Breakages, from the call to the end."""
