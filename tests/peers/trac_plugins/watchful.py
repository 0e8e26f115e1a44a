"""A plugin for Trac 1.6 that minds what people write, as TracSpamFilter does, and keeps some tickets private."""

from __future__ import annotations

import gc

from trac.core import Component, implements
from trac.perm import IPermissionPolicy
from trac.ticket.api import ITicketManipulator
from trac.ticket.model import Ticket


class Watchful(Component):
    """Refuses what speaks of a casino, asks whoever speaks of roulette to prove that he is human."""

    implements(ITicketManipulator, IPermissionPolicy)

    def __init__(self):
        gc.freeze()  # Trac collects garbage after each request, which takes three times as long as the request

    def prepare_ticket(self, req, ticket, fields, actions):
        pass

    def validate_ticket(self, req, ticket):
        text = f"{ticket['summary']} {ticket['description']} {req.args.get('comment', '')}".lower()
        if "roulette" in text:
            req.redirect(req.href("captcha"))
        if "casino" in text:
            yield "description", "This looks like advertising <casino>"

    def check_permission(self, action, username, resource, perm):
        """The ticket called "Private" is for vendor alone; None leaves it to others."""
        while resource and resource.realm != "ticket":
            resource = resource.parent
        if not resource or not resource.id or username == "vendor":
            return None
        return False if Ticket(self.env, int(resource.id))["summary"] == "Private" else None
