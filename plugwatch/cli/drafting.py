"""Puts together what makes a draft: the texts, the roads and the checks."""

from __future__ import annotations

from plugwatch.channels.registry import prepare
from plugwatch.cli.context import App
from plugwatch.ledger.database import UnitOfWork
from plugwatch.ledger.ids import new_id
from plugwatch.model.checks import PrivateWords, Rules, check_draft
from plugwatch.model.incident import Incident
from plugwatch.model.submission import Agency, Brief, Check, Draft, Road
from plugwatch.render.texts import Texts
from plugwatch.workflows import submissions as workflow


def make(
    app: App,
    road: Road,
    incident: Incident | None,
    patch: workflow.CarriedPatch | None,
    vendor: workflow.VendorFacts,
) -> tuple[Draft, Brief]:
    """A checked draft and the brief that it was made from."""
    signer = _agency(app)
    with app.ledger.reading() as work:
        brief = workflow.gather_brief(work, incident, patch, signer, vendor)
        words = _private_words(work)
    texts = Texts([app.workspace / "templates"])

    def check(draft: Draft, about: Brief) -> tuple[Check, ...]:
        return check_draft(draft, Rules(road=road, brief=about, private=words))

    tools = workflow.Tools(texts.render, prepare, check)
    posting = workflow.when(app.now, new_id(), signer.email)
    return workflow.make_draft(road, brief, patch.forms if patch else None, posting, tools), brief


def _private_words(work: UnitOfWork) -> PrivateWords:
    """Everything in the ledger that tells who our clients are."""
    clients, sites = work.clients.list(), work.sites.list()
    return PrivateWords(
        names=tuple(client.name for client in clients),
        slugs=(*(client.slug for client in clients), *(site.slug for site in sites)),
        addresses=tuple(site.url for site in sites if site.url),
        contacts=(*(str(contact) for client in clients for contact in client.contacts), *work.incidents.callers()),
    )


def _agency(app: App) -> Agency:
    """Who signs."""
    settings = app.settings.agency
    return Agency(settings.name, settings.email, settings.url, settings.signature)
