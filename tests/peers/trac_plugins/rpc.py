"""A plugin for Trac 1.6 that speaks XML-RPC as trac-hacks.org/wiki/XmlRpcPlugin does; that one does not load there.

Only the methods that plugwatch calls: with the arguments, permissions, faults and results of the plugin, on Trac's own
model.
"""

from __future__ import annotations

import inspect
import io
import re
import xmlrpc.client
from datetime import timezone

from trac.attachment import Attachment
from trac.core import Component, TracError, implements
from trac.perm import PermissionError as ForbiddenError
from trac.resource import ResourceNotFound
from trac.ticket.api import TicketSystem
from trac.ticket.model import Component as TicketComponent
from trac.ticket.model import Ticket, Type
from trac.ticket.query import Query
from trac.ticket.web_ui import TicketModule
from trac.util.datefmt import datetime_now, to_utimestamp, utc
from trac.web.api import IRequestHandler


class TicketCalls(Component):
    """Answers calls at /login/xmlrpc and /login/rpc."""

    implements(IRequestHandler)

    def match_request(self, req):
        return re.fullmatch("/login/(xmlrpc|rpc)", req.path_info) is not None

    def process_request(self, req):
        body = req.read()
        arguments, name = xmlrpc.client.loads(body, use_builtin_types=False)
        try:
            result = (self._call(req, name, arguments),)
        except ForbiddenError as error:
            result = xmlrpc.client.Fault(403, str(error))
        except ResourceNotFound as error:
            result = xmlrpc.client.Fault(404, str(error))
        except TracError as error:
            result = xmlrpc.client.Fault(2, str(error))
        answer = xmlrpc.client.dumps(result, methodresponse=True, encoding="utf-8", allow_none=False).encode()
        req.send(answer, "text/xml; charset=utf-8", 200)

    def _call(self, req, name, arguments):
        methods = {
            "system.listMethods": lambda _req: sorted(methods),
            "ticket.component.getAll": lambda _req: [row.name for row in TicketComponent.select(self.env)],
            "ticket.type.getAll": lambda _req: [row.name for row in Type.select(self.env)],
            "ticket.query": self.query,
            "ticket.get": self.get,
            "ticket.create": self.create,
            "ticket.update": self.update,
            "ticket.changeLog": self.change_log,
            "ticket.listAttachments": self.list_attachments,
            "ticket.getAttachment": self.get_attachment,
            "ticket.putAttachment": self.put_attachment,
        }
        if name not in methods:
            raise ResourceNotFound(f'RPC method "{name}" not found')
        try:
            inspect.signature(methods[name]).bind(req, *arguments)
        except TypeError as error:
            raise TracError(f"{name}: {error}") from error
        return methods[name](req, *arguments)

    def query(self, req, text="status!=closed"):
        found = Query.from_string(self.env, text).execute(req)
        return [row["id"] for row in found if "TICKET_VIEW" in req.perm("ticket", row["id"])]

    def get(self, req, number):
        ticket = Ticket(self.env, number)
        req.perm(ticket.resource).require("TICKET_VIEW")
        values = {name: f"{value}" for name, value in ticket.values.items() if isinstance(value, str)}
        values["_ts"] = str(to_utimestamp(ticket["changetime"]))
        return [ticket.id, _naive(ticket["time"]), _naive(ticket["changetime"]), values]

    def create(self, req, summary, description, attributes=None, notify=False, when=None):
        req.perm.require("TICKET_CREATE")
        if not summary:
            raise TracError("Tickets must contain a summary.")
        ticket = Ticket(self.env)
        given = {"summary": summary, "description": description, "reporter": req.authname, **(attributes or {})}
        for name, value in {**given, "status": "new", "resolution": ""}.items():
            ticket[name] = value
        return ticket.insert()

    def update(self, req, number, comment, attributes=None, notify=False, author="", when=None):
        ticket, given = Ticket(self.env, number), dict(attributes or {})
        stamp = int(given.pop("_ts"))
        action = given.pop("action")
        if action not in TicketSystem(self.env).get_available_actions(req, ticket):
            raise TracError(f"Rpc: Ticket {number} by {req.authname} invalid action '{action}'")
        for name, value in given.items():
            ticket[name] = value
        req.args.update({"comment": comment, "view_time": str(stamp)})
        if not TicketModule(self.env)._validate_ticket(req, ticket):
            raise TracError(" ".join(map(str, req.chrome["warnings"])))
        ticket.save_changes(req.authname, comment, when=datetime_now(utc))
        return self.get(req, number)

    def change_log(self, req, number, when=0):
        ticket = Ticket(self.env, number)
        req.perm(ticket.resource).require("TICKET_VIEW")
        return [
            [_naive(at), author, field, old or "", new or "", permanent]
            for at, author, field, old, new, permanent in ticket.get_changelog()
        ]

    def list_attachments(self, req, number):
        found = Attachment.select(self.env, "ticket", number)
        return [
            [file.filename, file.description or "", file.size, _naive(file.date), file.author]
            for file in found
            if "ATTACHMENT_VIEW" in req.perm(file.resource)
        ]

    def get_attachment(self, req, number, name):
        file = Attachment(self.env, "ticket", number, name)
        req.perm(file.resource).require("ATTACHMENT_VIEW")
        with file.open() as content:
            return xmlrpc.client.Binary(content.read())

    def put_attachment(self, req, number, name, description, data, replace=True):
        Ticket(self.env, number)
        if replace:
            raise TracError("nothing of plugwatch's replaces a file")
        file = Attachment(self.env, "ticket", number)
        req.perm(file.resource).require("ATTACHMENT_CREATE")
        file.author, file.description = req.authname, description
        file.insert(name, io.BytesIO(data.data), len(data.data))
        return file.filename


def _naive(moment):
    """As the plugin tells moments: in UTC, without a zone."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
