"""Puts together what makes a text for a vendor: the words, the vendor's own form, the roads and the checks."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from plugwatch.channels.registry import prepare
from plugwatch.cli.context import App
from plugwatch.cli.forking import agency_person
from plugwatch.ledger.database import UnitOfWork
from plugwatch.ledger.ids import new_id
from plugwatch.model.roads.checks import Rules, check_draft
from plugwatch.model.roads.privacy import PrivateWords
from plugwatch.model.roads.road import Road, find_road
from plugwatch.model.roads.submission import Agency, Brief, Check, Draft, PatchForms, RenderedText, Surroundings
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.render.texts import Texts
from plugwatch.workflows import submissions as workflow
from plugwatch.workflows.submissions import Matter, Told


class Desk:
    """Where texts for vendors are written; it may have been to the vendor's repository (``findings``) first."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._texts = Texts([app.workspace / "templates"])
        settings = app.settings.agency
        self.agency = Agency(settings.name, settings.email, settings.url, settings.signature)
        with app.ledger.reading() as work:
            self.private = private_words(work)

    def brief(self, matter: Matter, told: Told) -> Brief:
        """Everything that the text may say."""
        with self._app.ledger.reading() as work:
            return workflow.gather_brief(work, matter, self.agency, told, self.private)

    def write(
        self, road: Road, brief: Brief, matter: Matter, around: Surroundings, findings: Findings | None = None
    ) -> Draft:
        """A text in the road's markup, in the vendor's own form where ``findings`` brought one, and checked."""
        seen = findings or Findings()

        def fit(_road: Road, text: RenderedText, _brief: Brief) -> RenderedText:
            return seen.fit(text, brief)

        def check(draft: Draft, about: Brief) -> tuple[Check, ...]:
            return (*self.check(draft, road, about, seen.branch, seen.theirs), *seen.checks)

        tools = workflow.Tools(self._texts.render, fit, prepare, check)
        return workflow.make_draft(road, brief, _forms(matter), around, tools)

    def finish(
        self, text: RenderedText, submission: Submission, brief: Brief, matter: Matter, around: Surroundings
    ) -> Draft:
        """A text that a person has written, with its files made anew, and checked."""
        road, post = find_road(submission.channel), submission.current
        prepared = prepare(road, text, brief, _forms(matter), around)
        draft = Draft(road.name, text.title, text.body, prepared.files, prepared.url)
        return replace(draft, checks=self.check(draft, road, brief, submission.branch, post.theirs))

    def check(
        self,
        draft: Draft,
        road: Road,
        brief: Brief,
        branch: str | None = None,
        theirs: frozenset[str] = frozenset(),
    ) -> tuple[Check, ...]:
        """What stands between a text and the world; ``theirs`` are lines of the vendor's own form."""
        return check_draft(draft, self.rules(road, brief, branch, theirs))

    def rules(self, road: Road, brief: Brief, branch: str | None = None, theirs: frozenset[str] = frozenset()) -> Rules:
        """What a text is held against."""
        author = str(agency_person(self._app))
        return Rules(road, brief, self.private, branch, author, theirs)

    def around(self, told: Told, answers: tuple[str, ...] = ()) -> Surroundings:
        """The moment, the mail's identity (RFC 5322, section 3.6.4) and the addresses of plugwatch.toml."""
        settings = self._app.settings
        domain = settings.agency.email.rpartition("@")[2] or "plugwatch.invalid"
        return Surroundings(
            date=self._app.now,
            message_id=f"<{new_id().lower()}@{domain}>",
            github_url=github_web(settings.github.api_url),
            trac_url=told.trac_url or settings.trac["plugins"].url,
            forum_url=settings.wordpress_org.forum_url,
            answers=answers,
            patch_as=told.patch_as,
            instance=settings.social.mastodon,
        )

    def around_again(self, submission: Submission, post: Post, told: Told) -> Surroundings:
        """What there was when a text was written: a mail keeps its identity."""
        earlier = tuple(one.mail_id for one in submission.posts if one.mail_id and one.sent_at)
        around = self.around(told, earlier)
        return replace(around, message_id=post.mail_id) if post.mail_id else around


class Findings:
    """What a look at the vendor's repository brought: the branch that is offered and its commit, the lines of the
    vendor's own form and the labels that it asks for (once a text was fit into it), further checks, and sentences for
    the person; without a look, nothing."""

    branch: str | None = None
    commit: str | None = None
    theirs: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    def place(self, brief: Brief) -> Brief:
        """The brief with the patch's files where the vendor's repository has them."""
        return brief

    def fit(self, text: RenderedText, brief: Brief) -> RenderedText:  # noqa: ARG002 - for those who have been there
        """The text in the vendor's own form."""
        return text


def _forms(matter: Matter) -> PatchForms | None:
    """The patch as it goes along: with the report, and again where it was reworked, never with a mere word."""
    report = matter.thread is None or matter.kind in ("bug", "patch")
    reworked = matter.thread is not None and matter.thread.asks == "changes"
    return matter.patch.forms if matter.patch and (report or reworked) else None


def github_web(api_url: str) -> str:
    """Where people and git find repositories, for the API's address: github.com, or the server of one's own."""
    parts = urlsplit(api_url)
    host = parts.netloc.removeprefix("api.") if parts.path in ("", "/") else parts.netloc
    return f"{parts.scheme}://{host}"


def private_words(work: UnitOfWork) -> PrivateWords:
    """Everything in the ledger that tells who our clients are."""
    clients, sites = work.clients.list(), work.sites.list()
    return PrivateWords(
        names=tuple(client.name for client in clients),
        slugs=(*(client.slug for client in clients), *(site.slug for site in sites)),
        addresses=tuple(site.url for site in sites if site.url),
        contacts=(*(str(contact) for client in clients for contact in client.contacts), *work.incidents.callers()),
    )
