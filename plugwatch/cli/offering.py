"""A look at the vendor's repository on GitHub before a text goes there: is it known or there, and in which form.

Only what may be public is asked for: the repository's name, words of the title, and functions that the patch changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from plugwatch.cli.context import App
from plugwatch.cli.drafting import Desk, Findings, github_web
from plugwatch.cli.forking import agency_person
from plugwatch.cli.matters import read_brief
from plugwatch.cli.patch_find import locate
from plugwatch.config import github_token
from plugwatch.errors import EXIT_PERSON, ForkError, NotFoundError, UnknownError
from plugwatch.forks.export import commit_mail
from plugwatch.forks.offer import NoPlaceError, Offer, Proposal, find_in, make_offer
from plugwatch.forks.remotes import Login
from plugwatch.forks.vendor_repository import Snapshot, VendorRepository
from plugwatch.model.patches.letter import message_to_vendor
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.road import Road, find_road
from plugwatch.model.roads.submission import Brief, Check, Draft, DraftFile, RenderedText
from plugwatch.model.roads.submitted import Post, Submission
from plugwatch.model.vendors.form_facts import Facts
from plugwatch.model.vendors.known_fix import OPEN, Candidate, KnownFixes, read_wanted
from plugwatch.model.vendors.project import Project, fill_own_form

_SHOWN = 5
_OF_COMMITS = ("security", "privacy", "author", "build-headers")  # the checks that look at what is pushed


class NotReadyError(ForkError):
    """A patch cannot be offered as it is, and a person must look."""

    exit_code = EXIT_PERSON


@dataclass
class Look(Findings):
    """What a look brought."""

    road: Road
    project: Project
    known: KnownFixes | None = None
    files: tuple[str, ...] = ()
    branch: str | None = None
    commit: str | None = None
    theirs: frozenset[str] = frozenset()
    labels: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()

    def place(self, brief: Brief) -> Brief:
        """The brief with the patch's files where the vendor's repository has them: in a monorepo that is elsewhere."""
        if not self.files or brief.patch is None:
            return brief
        return replace(brief, patch=replace(brief.patch, files=self.files))

    def fit(self, text: RenderedText, brief: Brief) -> RenderedText:
        """Our text in the vendor's own form, where they have one; a comment in somebody's thread has no form."""
        if brief.joined:
            return text
        alone = self.known is not None and self.known.complete and not self.known.candidates
        facts = Facts(searched=alone or None, tested=bool(brief.tested) or None, no_security=not brief.security)
        closes = brief.related_url if brief.closes_related else None
        filled = fill_own_form(self.project, self.road.name, text.body, closes=closes, facts=facts)
        if filled is None:
            return text
        self.theirs, self.labels = filled.theirs, filled.labels
        prefix, title = MARKUPS[self.road.markup].title(filled.title_prefix), text.title
        if not title.startswith(prefix):
            title = f"{prefix} {title}"
        return RenderedText(title, filled.body)


def look_at_repository(app: App, road: Road, brief: Brief, *, joined: str | None) -> Findings:
    """Ask GitHub about the repository of a brief; without a token, or where it does not answer, nothing is known."""
    if github_token() is None or brief.component.repository is None:
        return Findings()
    from plugwatch.upstream.github_project import GitHubProjects
    from plugwatch.upstream.github_search import GitHubSearch

    at = app.settings.github
    try:
        project = GitHubProjects(at.api_url, pause=at.pause).look(brief.component.repository)
        diff = brief.patch.diff if brief.patch else ""
        wanted = read_wanted(brief.title, diff, brief.component.slug)
        known = GitHubSearch(at.api_url, pause=at.pause).look_for(project.name, wanted)
    except UnknownError as error:
        missing = Findings()
        missing.notes = (f"the vendor's repository could not be looked at: {error}",)
        return missing
    except NotFoundError as error:
        missing = Findings()
        missing.checks = (Check("repository", False, str(error)),)
        return missing
    look = Look(road, project, known, notes=_notes(project, known))
    closed = _closed(road, project)
    if closed:
        return replace(look, checks=(Check("repository", False, closed),))
    if brief.patch:
        return _with_offer(app, look, brief.patch.id, brief.environment.version, joined)
    return replace(look, checks=(_known_check(known, (), joined),))


def offer_again(app: App, submission: Submission) -> str:
    """The commit that a submission offers, on the vendor's default branch as it is now.

    Raises NotReadyError where a person has to look first.
    """
    patch, repository = submission.patch or "", submission.target or ""
    vendor, _there, offer, _found = _judge(app, patch, None, repository, (), submission.branch)
    if offer.commit is None:
        raise NotReadyError(f"{submission.name}: {_say(offer)}")
    _check_pushed(app, submission, commit_mail(vendor.git, offer.commit))
    return offer.commit


def _check_pushed(app: App, submission: Submission, letter: bytes) -> None:
    """Hold the commit itself against the checks: the patch may be another one than when the text was written."""
    desk = Desk(app)
    pushed = Draft(submission.channel, "", "", (DraftFile("what is pushed", letter, "text/x-patch"),))
    brief = read_brief(app, desk, submission)
    found = desk.check(pushed, find_road(submission.channel), brief, submission.branch)
    for check in found:
        if check.check in _OF_COMMITS and not check.ok:
            raise NotReadyError(
                f"{submission.name}: as it is now the patch may not be pushed ({check.detail}); write a new text then"
            )


def choose_commit(app: App, submission: Submission, post: Post) -> str:
    """The commit that a text offers: the one that was handed over before, for that is what our branch may have, else
    one on the vendor's newest commit.

    Raises NotReadyError where a person has to look first, but not before somebody has asked for what may have arrived.
    """
    vendor = open_vendor(app, submission.target or "")
    if post.commit and _has(vendor, post.commit):
        if post.state == "draft":  # it was refused there, so nobody will ask
            refuse_known(app, submission)
        return post.commit
    try:
        return offer_again(app, submission)
    except NotReadyError:
        if post.commit is None or post.state == "draft":
            raise
        return post.commit


def _has(vendor: VendorRepository, commit: str) -> bool:
    """Whether a commit is here; one that was made in another workspace is not."""
    asked = ("cat-file", "-e", f"{commit}^{{commit}}")
    return vendor.directory.is_dir() and vendor.git.run(*asked, check=False).returncode == 0


def refuse_known(app: App, submission: Submission) -> None:
    """Raise NotReadyError where the vendor's default branch has by now what a submission offers."""
    patch, repository = submission.patch or "", submission.target or ""
    _vendor, _there, offer, _found = _judge(app, patch, None, repository, (), submission.branch)
    if offer.state == "there":
        raise NotReadyError(f"{submission.name}: {_say(offer)}")


def push(app: App, submission: Submission, clone_url: str, branch: str) -> str:
    """Put what a submission offers at the branch of our copy of the repository; what others put there is not lost.

    ``submission`` is as it was before this was handed over: what it offered then may be there.

    Raises NotReadyError where the branch there is not ours.
    """
    vendor = open_vendor(app, submission.target or "")
    login = _login(clone_url)
    seen = vendor.tip_of(clone_url, branch, login)
    with app.ledger.reading() as work:
        offered = [post.commit for post in work.submissions.get(submission.name).posts if post.commit]
    commit, ours = offered[-1], {*offered, *(post.commit for post in submission.posts)}
    if seen is not None and seen not in ours:
        raise NotReadyError(
            f"somebody else has put {seen[:10]} on the branch {branch} of our copy, so it was not overwritten; look at "
            f"it there, and remove the branch if it may go"
        )
    return vendor.push(commit, clone_url, branch, seen=seen, login=login)


def open_vendor(app: App, repository: str) -> VendorRepository:
    """The mirror of a vendor's repository on GitHub."""
    address = f"{github_web(app.settings.github.api_url)}/{repository}.git"
    return VendorRepository(app.workspace / "forks", address, _login(address))


def _with_offer(app: App, look: Look, patch: str, version: str | None, joined: str | None) -> Look:
    """The look with what the default branch means for a patch; an issue offers nothing, so only a fix that is there
    already forbids it."""
    offers = look.road.name == "github-pr"
    pulls = [one for one in (look.known.candidates if look.known else ()) if one.kind == "pull" and one.state == OPEN]
    try:
        _vendor, there, offer, found = _judge(app, patch, version, look.project.name, pulls, None)
    except NoPlaceError as error:
        no_place = Check("upstream", False, str(error))
        return replace(look, checks=(no_place if offers else _known_check(look.known, (), joined),))
    except UnknownError as error:
        return replace(look, notes=(*look.notes, f"the vendor's default branch could not be looked at: {error}"))
    ready = offer.state == "ready"
    sentence = f"not on {there.branch} yet, and goes on {there.tip[:10]} cleanly" if ready else _say(offer)
    upstream, known = Check("upstream", ready, sentence), _known_check(look.known, found, joined)
    if not offers:
        return replace(look, checks=(upstream, known) if offer.state == "there" else (known,))
    files = offer.files if ready else ()
    return replace(look, branch=offer.branch, commit=offer.commit, files=files, checks=(upstream, known))


def _judge(
    app: App, patch: str, version: str | None, repository: str, pulls: Sequence[Candidate], branch: str | None
) -> tuple[VendorRepository, Snapshot, Offer, tuple[str, ...]]:
    """What the default branch means for a patch, and which of some pull requests (their URLs) have its content."""
    fork, release, entry = locate(app, patch)
    if version and version != release.version:
        release = fork.release(version)
        entry = next(other for other in fork.stack(version) if other.patch.id == entry.patch.id)
    message = message_to_vendor(entry.patch.title, entry.patch.why)
    proposal = Proposal(fork, release, entry, agency_person(app), message)
    vendor = open_vendor(app, repository)
    refs = {one.ref: one.url for one in pulls if one.ref}
    there = vendor.fetch(tuple(refs), version=release.version, slug=fork.component.slug)
    offer = make_offer(proposal, vendor, there, branch=branch)
    heads = {refs[ref]: commit for ref, commit in there.refs.items()}
    return vendor, there, offer, tuple(one.name for one in find_in(proposal, vendor, there, heads))


def _say(offer: Offer) -> str:
    why = "; ".join(offer.evidence)
    if offer.state == "there":
        return (
            f"the default branch ({offer.base_branch}) has the fix already ({why}): wait for the release, and say so "
            "with 'plugwatch patch stance PATCH wait'"
        )
    return f"the default branch ({offer.base_branch}) has changed in {', '.join(offer.files)} ({offer.verdict}: {why})"


def _known_check(known: KnownFixes | None, found: Sequence[str], joined: str | None) -> Check:
    """Whether somebody has offered the same; what is only alike is for a person to read, and blocks nothing."""
    others = [url for url in found if url != joined]
    if others:
        return Check("duplicates", False, f"{others[0]} has this fix already; join it with --join {others[0]}")
    if known is None or not known.candidates:
        return Check("duplicates", True, "nothing like it was found there")
    return Check("duplicates", True, f"read first: {', '.join(one.url for one in known.candidates[:_SHOWN])}")


def _notes(project: Project, known: KnownFixes) -> tuple[str, ...]:
    notes = [f"{project.asked} is called {project.name} now"] if project.renamed else []
    notes += [f"like it: {one.url} “{one.title}” ({'; '.join(one.reasons)})" for one in known.candidates[:_SHOWN]]
    notes += [f"not looked at: {left}" for left in (*known.left_out, *project.unknown)]
    return tuple(notes)


def _closed(road: Road, project: Project) -> str | None:
    if project.archived:
        return f"{project.name} is archived, so nobody can write there; see 'plugwatch vendor show' for another road"
    if road.name == "github-issue" and not project.has_issues:
        return f"{project.name} takes no issues; see 'plugwatch vendor show' for another road"
    return None


def _login(address: str) -> Login | None:
    """The token, for this address alone; a place that is not encrypted does not get it."""
    token = github_token()
    parts = urlsplit(address)
    return Login("x-access-token", token, f"{parts.scheme}://{parts.netloc}") if token else None
