from __future__ import annotations

import sys
import textwrap

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.inventories.sources.credentials import app_password, mainwp_token, password_variable


@pytest.fixture
def keyring(tmp_path, monkeypatch):
    """A package named keyring, of the same face as the real one, that knows two secrets."""
    package = tmp_path / "keyring"
    package.mkdir()
    (package / "__init__.py").write_text(
        textwrap.dedent(
            """
            from keyring.errors import KeyringLocked, NoKeyringError

            def get_password(service, account):
                if account == "locked":
                    raise KeyringLocked("the secret hunter2 stays here")
                if account == "bare":
                    raise NoKeyringError("No recommended backend was available.")
                return {("plugwatch", "shop"): "abcd EFGH", ("plugwatch", "mainwp"): "kept=="}.get((service, account))
            """
        )
    )
    (package / "errors.py").write_text(
        "class KeyringError(Exception): ...\n"
        "class KeyringLocked(KeyringError): ...\n"
        "class NoKeyringError(KeyringError, RuntimeError): ...\n"
    )
    for name in ("keyring", "keyring.errors"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("keyring", "keyring.errors"):
        sys.modules.pop(name, None)


@pytest.fixture
def no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)


def test_each_site_has_a_variable_of_its_own():
    assert password_variable("acme-shop.de") == "PLUGWATCH_APP_PASSWORD_ACME_SHOP_DE"


def test_the_environment_comes_first_and_spaces_do_not_matter(monkeypatch, keyring):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", " 1234 5678\t9012\n")
    monkeypatch.setenv("PLUGWATCH_MAINWP_TOKEN", " cs==ck\n")

    assert app_password("shop") == "123456789012"
    assert mainwp_token() == "cs==ck"


def test_then_the_keyring(keyring):
    assert app_password("shop") == "abcdEFGH"
    assert mainwp_token() == "kept=="


@pytest.mark.parametrize("slug", ["other", "bare"])
def test_without_a_secret_the_places_for_it_are_named(keyring, slug):
    with pytest.raises(PlugwatchError) as caught:
        app_password(slug)

    assert str(caught.value) == (
        f"there is no application password for the site '{slug}'; set PLUGWATCH_APP_PASSWORD_{slug.upper()}, "
        f"or keep it with 'keyring set plugwatch {slug}'"
    )


def test_without_the_library_the_environment_is_all_there_is(no_keyring, monkeypatch):
    with pytest.raises(PlugwatchError, match="no application password for the site 'shop'"):
        app_password("shop")
    with pytest.raises(
        PlugwatchError, match=r"no API key of MainWP; make one .* set PLUGWATCH_MAINWP_TOKEN, or keep it"
    ):
        mainwp_token()
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", "abcd")
    assert app_password("shop") == "abcd"


def test_a_keyring_that_stays_shut_does_not_tell_why(keyring):
    with pytest.raises(PlugwatchError) as caught:
        app_password("locked")

    assert str(caught.value) == (
        "the keyring does not give the secret of 'locked'; unlock it, or set PLUGWATCH_APP_PASSWORD_LOCKED instead"
    )


@pytest.mark.parametrize("token", ["cs ck", "cs\nX-Evil: 1", "schlüssel"])
def test_a_key_that_is_no_key(monkeypatch, token):
    monkeypatch.setenv("PLUGWATCH_MAINWP_TOKEN", token)

    with pytest.raises(PlugwatchError, match="the API key of MainWP is damaged") as caught:
        mainwp_token()
    assert token not in str(caught.value)
