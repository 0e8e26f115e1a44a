"""A patch on its way to the vendor's repository: whether the fix is there already, and if not the commit to pull.

The commit stands on the newest commit of the default branch and changes the patch's files there, no other. A reworked
patch is offered the same way: under the same branch name, on the newest commit, pushed with force; the pull request
then shows it without what came in between. The same patch on the same state is the same commit, whoever makes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from plugwatch.errors import ForkError
from plugwatch.forks.git import TreeEntry
from plugwatch.forks.objects import Objects
from plugwatch.forks.offer_ground import Ground, Grounds, NoPlaceError, Proposal, Workshop, open_workshop
from plugwatch.forks.offer_text import Stored, storing
from plugwatch.forks.php import Parser
from plugwatch.forks.vendor_repository import Snapshot, VendorRepository
from plugwatch.model.fork import Outcome

__all__ = ["STATES", "Found", "NoPlaceError", "Offer", "Proposal", "branch_name", "find_in", "make_offer"]

# Ready: there is a commit to pull. There: the default branch has it. Person: somebody has to look.
STATES = ("ready", "there", "person")
_IN_REPOSITORY = ("landed", "landed-variant")
_LONGEST_NAME = 50


@dataclass(frozen=True)
class Offer:
    """What the default branch means for a patch.

    ``verdict`` and ``evidence`` are those of an upgrade. ``base`` is the commit that was looked at, at the branch
    ``base_branch``. ``commit`` is the one to push as ``branch``, None where there is none; ``files`` are its paths in
    the repository, or those that a person has to look at.
    """

    verdict: str
    evidence: tuple[str, ...]
    confidence: str
    base_branch: str
    base: str
    branch: str
    files: tuple[str, ...]
    commit: str | None = None

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.commit:
            return "ready"
        return "there" if self.verdict in _IN_REPOSITORY else "person"


@dataclass(frozen=True)
class Found:
    """A state of the repository that has a patch's content, by the name that this was asked for."""

    name: str
    verdict: str
    evidence: tuple[str, ...]


def make_offer(proposal: Proposal, vendor: VendorRepository, there: Snapshot, *, branch: str | None = None) -> Offer:
    """Judge a patch on the default branch and, where it is carried, make the commit; ``branch`` is the name of an offer
    that was made before.

    Raises NoPlaceError where the patch changes what is not in the repository, ForkError when it builds on a patch below
    it, UnreachableError where what is needed cannot be fetched.
    """
    with open_workshop(proposal, vendor) as git, Parser() as parser:
        grounds = Grounds(proposal, vendor, git, there.tag)
        ground = grounds.lay_out(there.tip)
        outcome, tree = grounds.judge(ground, parser)
        commit, files, evidence = None, _asked_about(ground, outcome), outcome.evidence
        verdict = outcome.verdict
        if verdict == "carried":
            commit, files = _commit(proposal, vendor, git, ground, tree)
            if commit is None:
                verdict, evidence = "landed", ("the release has the same files, but for line ends",)
        name = branch or branch_name(proposal.entry.patch.title, proposal.entry.patch.id, there)
        said = _in_words(evidence, "default branch")
        return Offer(verdict, said, outcome.confidence, there.branch, there.tip, name, files, commit)


def find_in(
    proposal: Proposal, vendor: VendorRepository, there: Snapshot, heads: Mapping[str, str]
) -> tuple[Found, ...]:
    """Which of some commits, such as the heads of open pull requests, have a patch's content, in the order given.

    ``heads`` are the commits by any names. One in which the patch has no place, or that is too large to be looked at,
    has it not.
    """
    found = []
    with open_workshop(proposal, vendor) as git, Parser() as parser:
        grounds = Grounds(proposal, vendor, git, there.tag)
        for name, commit in heads.items():
            with suppress(ForkError):
                outcome, _tree = grounds.judge(grounds.lay_out(commit, only_patched=True), parser)
                if outcome.verdict in _IN_REPOSITORY:
                    found.append(Found(name, outcome.verdict, _in_words(outcome.evidence, "pull request")))
    return tuple(found)


def branch_name(title: str, patch_id: str, there: Snapshot) -> str:
    """A name for the branch to offer, that none of the vendor's branches has or stands in the way of."""
    words = "-".join(re.findall(r"[a-z0-9]+", title.lower()))[:_LONGEST_NAME].strip("-") or patch_id
    folder = "fix-" if "fix" in there.branches else "fix/"
    name = folder + words
    taken = name in there.branches or any(branch.startswith(f"{name}/") for branch in there.branches)
    return f"{name}-{patch_id}" if taken else name


def _asked_about(ground: Ground, outcome: Outcome) -> tuple[str, ...]:
    return tuple(sorted({ground.place(path) or path for path in outcome.files}))


def _commit(
    proposal: Proposal, vendor: VendorRepository, git: Workshop, ground: Ground, tree: str
) -> tuple[str | None, tuple[str, ...]]:
    """The commit with a patch, and the paths that it changes; None where it would change nothing."""
    files = storing(ground, git, vendor, tree)
    with Objects(vendor.git) as objects:
        changes = {path: _entry(objects, file) for path, file in files.items()}
        for before in (ground.files[path] for path in files if path in ground.files):
            objects.write("blob", git.blob(before.blob))  # so that anybody can be shown what the commit changes
        base = vendor.git.text("rev-parse", f"{ground.target.commit}^{{tree}}")
        result = objects.with_changes(base, changes)
        if result == base:
            return None, tuple(sorted(files))
        head = _head(result, ground.target.commit, proposal)
        commit = objects.write("commit", f"{head}\n\n{proposal.message.rstrip()}\n".encode())
    return commit, tuple(sorted(files))


def _entry(objects: Objects, file: Stored | None) -> TreeEntry | None:
    return TreeEntry(file.mode, objects.write("blob", file.content)) if file else None


def _head(tree: str, parent: str, proposal: Proposal) -> str:
    who = f"{proposal.author} {proposal.entry.patch.date}"
    return f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}"


def _in_words(evidence: Sequence[str], place: str) -> tuple[str, ...]:
    """The sentences of a verdict, which speak of a release, about another state of the vendor's code."""
    return tuple(re.sub(r"\b([Tt]he) release\b", rf"\1 {place}", sentence) for sentence in evidence)
