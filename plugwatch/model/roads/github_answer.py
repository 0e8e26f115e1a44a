"""What GitHub's refusals mean for the person: one sentence each, which says what to do.

Statuses and headers: https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api, and "Rate limits
for the REST API" and "Scopes for OAuth apps" there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.roads.markup_base import one_line

TOKEN_VARIABLES = ("PLUGWATCH_GITHUB_TOKEN", "GITHUB_TOKEN")

_LONGEST_MESSAGE = 200
_SCOPES = ("repo", "public_repo")


@dataclass(frozen=True)
class Refusal:
    """An answer with a status of 400 or more; the names of headers are in small letters."""

    status: int
    message: str = ""
    errors: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def says(self, words: str) -> bool:
        """Whether these words stand in it."""
        return words in " ".join([self.message, *self.errors]).lower()

    @property
    def words(self) -> str:
        """What GitHub says, on one line and not endless."""
        said = one_line("; ".join(self.errors or (self.message,)))
        return said[:_LONGEST_MESSAGE].rstrip(".") or f"status {self.status}"


@dataclass(frozen=True)
class Asking:
    """Who asks whom for what: ``host``, the ``variable`` of the token, the ``repository`` and the deed in words.

    ``writing``: the repository could be read, and now something was to change.
    """

    host: str
    variable: str
    repository: str
    deed: str
    writing: bool = False


def read_refusal(status: int, document: object, headers: Mapping[str, str]) -> Refusal:
    """What an error says; GitHub's errors have a message, and a list of what is wrong with each field."""
    known = document if isinstance(document, dict) else {}
    errors = known.get("errors")
    rows = errors if isinstance(errors, list) else []
    said = tuple(_of_field(row) for row in rows)
    lower = {name.lower(): str(text) for name, text in headers.items()}
    return Refusal(status, str(known.get("message") or ""), tuple(filter(None, said)), lower)


def _of_field(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return str(error.get("message") or " ".join(str(error.get(key) or "") for key in ("field", "code")).strip())


def is_quota(refusal: Refusal) -> bool:
    """Whether it is the quota that is used up, of either kind; ``submitted too quickly`` is one more of them."""
    spent = refusal.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in refusal.headers
    limited = spent or refusal.says("rate limit") or refusal.says("abuse detection")
    return refusal.status == 429 or (refusal.status == 403 and limited) or refusal.says("submitted too quickly")


def explain(refusal: Refusal, asking: Asking) -> PlugwatchError:
    """The error for a refusal."""
    if refusal.status == 401:
        return ConfigError(
            f"{asking.host} does not accept the token in {asking.variable}, it may have expired; make a new one"
        )
    if is_quota(refusal):
        return UnknownError(f"{asking.host} takes no more from us for now; try again {_when(refusal)}")
    if refusal.status in (403, 404) and (token := _token_at_fault(refusal, asking)):
        return token
    if refusal.status in (403, 404, 409, 410, 422, 451):
        return InputError(f"{asking.host} does not {asking.deed}: {_reason(refusal, asking)}")
    return UnknownError(f"{asking.host} answers {refusal.status}, so it did not {asking.deed}; try again later")


def _token_at_fault(refusal: Refusal, asking: Asking) -> ConfigError | None:
    """The error where another token would do."""
    if "x-github-sso" in refusal.headers or refusal.says("saml"):
        return ConfigError(
            f"the token in {asking.variable} is not authorised for the organisation behind {asking.repository}; "
            "authorise it in GitHub's settings of tokens (Configure SSO)"
        )
    if refusal.says("resource not accessible by"):
        return ConfigError(
            f"the token in {asking.variable} may not {asking.deed}: a fine-grained token reaches only repositories of "
            "its owner; make a classic one with the scope public_repo"
        )
    held, accepted = (_listed(refusal, name) for name in ("x-oauth-scopes", "x-accepted-oauth-scopes"))
    if held is not None and (accepted or asking.writing) and not held & {*(accepted or ()), *_SCOPES}:
        has = " ".join(", ".join(sorted(held)).split()) or "no scope at all"
        return ConfigError(
            f"the token in {asking.variable} may not {asking.deed}, it has {has}; make one with the scope public_repo "
            "(repo for a private repository)"
        )
    return None


def _listed(refusal: Refusal, header: str) -> set[str] | None:
    given = refusal.headers.get(header)
    return None if given is None else {word.strip() for word in given.split(",") if word.strip()}


# What GitHub's messages hold, in small letters, and what a person can do about it.
_REASONS = (
    ("archived", "{repository} is archived and read-only; choose another road (plugwatch vendor show)"),
    ("issues are disabled", "{repository} has its issues switched off; choose another road (plugwatch vendor show)"),
    ("issues has been disabled", "{repository} has its issues switched off; choose another road"),
    ("forking is disabled", "{repository} may not be forked; send the patch on another road"),
    ("empty repositories cannot be forked", "{repository} is empty; choose another road"),
    ("is locked", "the conversation is locked; write to them on another road"),
    ("user is blocked", "its owner has blocked the account of the token; write to them on another road"),
    ("was deleted", "it was deleted there; begin a new submission"),
    ("no commits between", "the branch holds nothing that {repository} has not already; look whether it is fixed"),
    ("no history in common", "the branch does not come from {repository}; make the draft again"),
    ("is too long", "{words}; shorten the text"),
    ("draft pull requests are not supported", "drafts are not allowed in {repository}; send it without --draft"),
    ("head invalid", "it does not see the branch that was pushed; try again in a minute"),
    ("base invalid", "the branch that it is for is not there (any more); make the draft again"),
    ("has been deleted", "our copy of the repository was deleted; send the patch as a new pull request"),
)


def _reason(refusal: Refusal, asking: Asking) -> str:
    for words, reason in _REASONS:
        if refusal.says(words):
            return reason.format(repository=asking.repository, words=refusal.words)
    if refusal.status == 404:
        return f"it knows no {asking.repository}, or hides it; look at the name, or at the token in {asking.variable}"
    if refusal.status == 410:
        return "it is gone there; begin a new submission, or choose another road"
    return f"{refusal.words}; do it by hand, or choose another road"


def _when(refusal: Refusal) -> str:
    """When the quota is given back, where it is said."""
    wanted, reset = (refusal.headers.get(name, "") for name in ("retry-after", "x-ratelimit-reset"))
    if _is_number(wanted):
        return f"in {int(wanted)} seconds"
    if _is_number(reset) and refusal.headers.get("x-ratelimit-remaining") == "0":
        return f"after {datetime.fromtimestamp(int(reset), timezone.utc):%H:%M} UTC"
    return "in some minutes"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12


def find_token(environment: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The variable that holds a token, and the token. Raises ConfigError for one that no request can carry."""
    for variable in TOKEN_VARIABLES:
        token = environment.get(variable, "").strip()
        if token and (not token.isascii() or not token.isprintable()):
            raise ConfigError(f"the token in {variable} is damaged; copy it again")
        if token:
            return variable, token
    return None, None


def name_host(api_url: str) -> str:
    """Host and port of an API, which may be shown. Raises ConfigError for what is no safe address."""
    try:
        parts = urlsplit(api_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ConfigError("'github.api_url' is no web address; write https://api.github.com")
    return parts.hostname + port
