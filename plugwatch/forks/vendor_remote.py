"""git as it asks the vendor's repository for a little of it, and as it pushes to our copy of that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from plugwatch.errors import EXIT_PERSON, ForkError
from plugwatch.forks.remotes import LostLeaseError, RemoteGit, UnreachableError
from plugwatch.model.git_remote import GitRemote
from plugwatch.model.operation import RefChange
from plugwatch.process import Completed

HEADS, TAGS = "refs/heads/", "refs/tags/"
_KEPT = "refs/vendor/"
_LIST_SECONDS = 90.0
_MOST_REFS = 200_000
_COMMIT = re.compile("[0-9a-f]{40}")
_REF = re.compile(r"refs/(?!.*\.\.)[^\x00-\x20\x7f~^:?*\[\\]+")  # git-check-ref-format(1)
# What a repository is told at a fetch, and what no file of ours keeps: without it git asks nobody for what is missing.
_PARTIAL = {"remote.vendor.promisor": "true", "remote.vendor.partialclonefilter": "blob:none"}
# What old tools wrote into many histories, and what harms nobody (git-fsck(1), "FSCK MESSAGES").
_OLD_FLAWS = (
    *("badFilemode", "zeroPaddedFilemode", "badTimezone", "badDateOverflow", "missingEmail", "missingNameBeforeEmail"),
    *("missingSpaceBeforeDate", "missingSpaceBeforeEmail", "zeroPaddedDate"),
)
_TOKEN = "PLUGWATCH_GITHUB_TOKEN"  # noqa: S105 (its name, not its value)


class RefusedError(ForkError):
    """The other side does not let us in, or does not take a branch; a person must see to it."""

    exit_code = EXIT_PERSON


class TooShallowError(ForkError):
    """The other side lacks commits that were not fetched here."""


class VendorGit(RemoteGit):
    """git as it asks the vendor."""

    def environment(self) -> dict[str, str]:
        """As for every remote, and what makes a clone a partial one."""
        lenient = {f"fetch.fsck.{problem}": "ignore" for problem in _OLD_FLAWS}
        return _with_settings(super().environment(), {**_PARTIAL, **lenient, "remote.vendor.url": self.remote.url})

    @property
    def is_whole(self) -> bool:
        """Whether all history is here."""
        return bool(self.refs(_KEPT)) and not (self.directory / "shallow").exists()

    def list_all(self, extra: Sequence[str]) -> dict[str, str]:
        """The branches, the tags and some more refs, and what they name; ``HEAD`` is the name of the default branch."""
        patterns = ("HEAD", f"{HEADS}*", f"{TAGS}*", *extra)
        done = self._speak("ls-remote", "--symref", *self._there("upload-pack"), *patterns, timeout=_LIST_SECONDS)
        rows = [row.partition("\t")[::2] for row in done.stdout.decode("utf-8", "replace").splitlines()]
        if len(rows) > _MOST_REFS:
            raise ForkError(f"{self.remote} has more than {_MOST_REFS:,} refs, so it is not looked at")
        head = next((left.removeprefix("ref: ") for left, name in rows if name == "HEAD" and "ref: " in left), "")
        found = {name: left for left, name in rows if _COMMIT.fullmatch(left) and _REF.fullmatch(name)}
        # A detached HEAD, as a mirror of another host may have one, is the branch that names the same commit.
        commit = next((left for left, name in rows if name == "HEAD" and _COMMIT.fullmatch(left)), None)
        return found | {"HEAD": head or next((n for n, oid in found.items() if oid == commit and HEADS in n), "")}

    def bring_commits(self, refs: Mapping[str, str]) -> None:
        """Fetch commits with their folders, without what came before them unless all of it is here."""
        known = self.refs(_KEPT)
        news = [name for name, oid in refs.items() if known.get(kept_name(name)) != oid]
        specs = [f"+{name}:{kept_name(name)}" for name in news]
        if not specs:
            return
        if self.is_whole:
            self._fetch(specs=specs, whole=True)
            return
        try:
            self._fetch("--depth=1", "--filter=blob:none", specs=specs)
        except RefusedError:
            raise
        except ForkError:  # of a partial clone git 2.39 checks all objects by the strictest rules
            self._fetch("--depth=1", specs=specs, whole=True)

    def bring_if_sound(self, refs: Mapping[str, str]) -> set[str]:
        """Fetch what anybody may have put there, such as pull requests; the refs of what is not sound are returned."""
        try:
            self.bring_commits(refs)
        except ForkError:
            if len(refs) == 1:
                return set(refs)
            return {name for ref, oid in refs.items() for name in self.bring_if_sound({ref: oid})}
        return set()

    def bring_blobs(self, blobs: Sequence[str]) -> None:
        """Fetch the contents of files, as git itself does in a partial clone."""
        wanted = "".join(f"{blob}\n" for blob in blobs).encode()
        self._fetch("--filter=blob:none", "--stdin", stdin=wanted)

    def bring_history(self) -> None:
        """Fetch all that the branches that are here come from, so that anybody can be given it."""
        if self.is_whole:
            raise ForkError(f"{self.remote} and our copy of it have no commit in common; make that copy anew")
        known = self.refs(_KEPT)
        # Asked to go on from what is here a server leaves out what a whole clone of that would have, so nothing is.
        self.update_refs([RefChange(name, oid, None) for name, oid in known.items()])
        (self.directory / "shallow").unlink()
        names = map(_name_of, known)
        heads = [f"+{name}:{kept_name(name)}" for name in names if name.startswith(HEADS)]
        self._fetch("--refetch", specs=heads, whole=True)

    def _fetch(self, *options: str, specs: Sequence[str] = (), stdin: bytes | None = None, whole: bool = False) -> None:
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
        alone = ("-c", "fetch.negotiationAlgorithm=noop") if stdin is not None or (whole and not self.is_whole) else ()
        off = ("-c", "remote.vendor.promisor=false", "-c", "remote.vendor.partialclonefilter=") if whole else ()
        there = self._there("upload-pack")
        self._speak(*alone, *off, "fetch", *quiet, *options, *there[:-1], "vendor", *specs, stdin=stdin)

    def _failure(self, done: Completed) -> ForkError | UnreachableError:
        said = done.stderr.decode("utf-8", "replace")
        if re.search(_LOGIN, said) and not self._offered:
            return RefusedError(
                f"there is no repository at {self.remote} that everybody may read; correct its address, or set "
                f"{_TOKEN} to a token that may read it"
            )
        return _say_failure(self.remote, said) or super()._failure(done)


class CopyGit(RemoteGit):
    """git as it pushes to our copy of a vendor's repository."""

    def tip(self, ref: str) -> str | None:
        """What a ref there names."""
        done = self._speak("ls-remote", "--refs", *self._there("upload-pack"), ref, timeout=_LIST_SECONDS)
        rows = (row.partition("\t") for row in done.stdout.decode("utf-8", "replace").splitlines())
        return next((oid for oid, _tab, name in rows if name == ref), None)

    def _check_push(self, done: Completed) -> None:
        said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace")
        refused = done.returncode or "\n!\t" in f"\n{said}"
        if refused and "stale info" in said:
            raise LostLeaseError(
                f"{self.remote}: the branch has moved since we last saw it, so somebody else has pushed to it; look at "
                "it there, and run the command again with what you want to keep"
            )
        if refused and re.search(_SHALLOW, said):
            raise TooShallowError(f"{self.remote} lacks commits that are not here; bring it up to date first")
        if refused and (sentence := _say_failure(self.remote, said)):
            raise sentence
        super()._check_push(done)

    def _failure(self, done: Completed) -> ForkError | UnreachableError:
        said = done.stderr.decode("utf-8", "replace")
        return _say_failure(self.remote, said) or super()._failure(done)


# What git says where a push needs commits or files that were left out here.
_SHALLOW = (
    r"shallow update not allowed|ould not read [0-9a-f]{40}|unable to read [0-9a-f]{40}|bad tree object"
    r"|missing (?:blob|tree|necessary objects)|did not receive expected object"
)
_LOGIN = r"could not read (?:Username|Password)|Authentication failed|returned error: 401|Invalid username or password"
_SENTENCES = (
    (
        r"archived so it is read-only|repository (?:was|is|has been) archived",
        "{remote} is archived, so nothing can be pushed there; its owner must unarchive it, or take another road",
    ),
    (
        r"without .?workflow.? scope",
        (
            f"{{remote}} is behind the vendor's repository, and {_TOKEN} lacks the scope 'workflow' that would bring "
            "it up to date; press 'Sync fork' there and run the command again"
        ),
    ),
    (
        r"rotected branch|GH00[36]|GH013|rule violations",
        (
            "{remote} protects this branch, so it takes no push; allow it in the settings of our copy, or use a copy "
            "of another account"
        ),
    ),
    (
        r"directory file conflict|refname conflict|'refs/heads/[^']+' exists; cannot create",
        "{remote} has a branch whose name stands in the way of this one; rename or delete that one there",
    ),
    (
        r"returned error: 403|Permission to \S+ denied",
        (
            f"{{remote}} refuses (403): this login may not do that there; let {_TOKEN} be one that may push to it "
            "(scope 'public_repo', or 'Contents: write')"
        ),
    ),
    (
        _LOGIN,
        f"{{remote}} does not take the login; set {_TOKEN} to a token that is still good",
    ),
    (
        (
            r"epository\b.*\bnot found|could not be found|does not appear to be a git repository|does not exist"
            r"|returned error: 4(?:04|10)|DMCA"
        ),
        (
            "there is no repository at {remote}, or none that you may see; it may have been deleted, renamed or made "
            "private, so look there and correct its address"
        ),
    ),
)


def _say_failure(remote: GitRemote, said: str) -> ForkError | None:
    """The sentence for what git or the host says; None for what every remote may say."""
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, said):
            return RefusedError(sentence.format(remote=remote))
    return None


def kept_name(name: str) -> str:
    """The name of ours for a ref of the vendor's; none is a folder of another, whatever they had before."""
    return _KEPT + quote(name, safe="")


def _name_of(kept: str) -> str:
    return unquote(kept.removeprefix(_KEPT))


def _with_settings(env: dict[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    first = int(env["GIT_CONFIG_COUNT"])
    for number, (key, value) in enumerate(settings.items(), first):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env | {"GIT_CONFIG_COUNT": str(first + len(settings))}
