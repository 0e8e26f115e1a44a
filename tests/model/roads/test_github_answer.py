from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.errors import ConfigError, InputError, PlugwatchError, UnknownError
from plugwatch.model.roads.github_answer import Asking, explain, find_token, is_quota, name_host, read_refusal

ASKING = Asking("api.github.com", "GITHUB_TOKEN", "makers/forms", "open an issue at makers/forms")
SCOPES = "X-Accepted-OAuth-Scopes"


def said(status: int, message: str = "", *, writing: bool = False, **headers: str) -> PlugwatchError:
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    asking = Asking(ASKING.host, ASKING.variable, ASKING.repository, ASKING.deed, writing)
    return explain(read_refusal(status, {"message": message}, given), asking)


def test_a_token_is_at_fault_only_where_another_would_do() -> None:
    poor = {"X_OAuth_Scopes": "gist, read:user", "X_Accepted_OAuth_Scopes": "public_repo, repo"}
    assert isinstance(said(404, "Not Found", **poor), ConfigError)
    assert "it has gist, read:user; make one with the scope public_repo" in str(said(404, "Not Found", **poor))
    assert "it has no scope at all" in str(said(403, **(poor | {"X_OAuth_Scopes": ""})))
    for held in ("repo", "public_repo, gist"):
        assert isinstance(said(404, "Not Found", **(poor | {"X_OAuth_Scopes": held})), InputError)
    # Where GitHub names no scope that would do, a repository that could be read is not missing.
    assert isinstance(said(404, "Not Found", X_OAuth_Scopes="gist", X_Accepted_OAuth_Scopes=""), InputError)
    assert isinstance(said(404, "Not Found", X_OAuth_Scopes="gist", writing=True), ConfigError)
    assert isinstance(said(404, "Not Found", writing=True), InputError)


@pytest.mark.parametrize(
    ("status", "message", "headers", "quota"),
    [
        (403, "API rate limit exceeded for user ID 1.", {}, True),
        (403, "", {"X-RateLimit-Remaining": "0"}, True),
        (403, "", {"Retry-After": "1"}, True),
        (429, "", {}, True),
        (403, "You have triggered an abuse detection mechanism", {}, True),
        (403, "Must have admin rights to Repository.", {"X-RateLimit-Remaining": "12"}, False),
        (404, "Not Found", {"X-RateLimit-Remaining": "0"}, False),
        (422, "was submitted too quickly", {}, True),
    ],
)
def test_a_quota_is_told_from_a_prohibition(status: int, message: str, headers: dict[str, str], quota: bool) -> None:
    refusal = read_refusal(status, {"message": message}, headers)
    assert is_quota(refusal) == quota
    assert isinstance(explain(refusal, ASKING), UnknownError) == quota


def test_the_last_word_is_githubs_own() -> None:
    assert str(said(403, "Only users with write access\nmay do that.")) == (
        "api.github.com does not open an issue at makers/forms: Only users with write access may do that; "
        "do it by hand, or choose another road"
    )
    assert "status 409;" in str(said(409))
    assert "it is gone there" in str(said(410))


@given(
    st.integers(400, 599),
    st.recursive(
        st.none() | st.text(max_size=300) | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["message", "errors", "field", "code"]), inner),
    ),
    st.dictionaries(st.sampled_from(["Retry-After", "X-RateLimit-Reset", SCOPES, "X-OAuth-Scopes"]), st.text()),
)
def test_every_refusal_is_one_sentence(status: int, document: object, headers: dict[str, str]) -> None:
    sentence = str(explain(read_refusal(status, document, headers), ASKING))
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 1000


def test_the_first_variable_wins_and_a_damaged_token_is_refused() -> None:
    both = {"GITHUB_TOKEN": "b", "PLUGWATCH_GITHUB_TOKEN": " a\n"}
    assert find_token(both) == ("PLUGWATCH_GITHUB_TOKEN", "a")
    assert find_token({"GITHUB_TOKEN": "b", "PLUGWATCH_GITHUB_TOKEN": ""}) == ("GITHUB_TOKEN", "b")
    assert find_token({}) == (None, None)
    with pytest.raises(ConfigError, match="GITHUB_TOKEN is damaged"):
        find_token({"GITHUB_TOKEN": "a\nb"})


def test_a_host_is_named_with_its_port_and_nothing_else() -> None:
    assert name_host("https://github.agency.example:8443/api/v3") == "github.agency.example:8443"
    for bad in ("", "ftp://x", "https://u:p@x", "https://x?y", "https://[x", "https://x:port"):
        with pytest.raises(ConfigError, match="no web address"):
            name_host(bad)
