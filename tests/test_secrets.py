"""Passwords: from the environment, else from the keyring, and from nowhere else."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from plugwatch.config import chat_urls, imap_password, smtp_password
from plugwatch.errors import ConfigError
from plugwatch.model.settings import ImapSettings, SmtpSettings

SMTP = SmtpSettings(host="smtp.agency.example", user="dev")
IMAP = ImapSettings(host="imap.agency.example", user="dev")
KEPT = {"smtp.dev@smtp.agency.example": "one", "imap.dev@imap.agency.example": "two", "chat": "json://a json://b"}


class KeyringError(Exception):
    pass


@pytest.fixture
def keyring(monkeypatch) -> ModuleType:
    """A keyring that keeps what is in KEPT, as the library of that name offers it."""
    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    library.get_password = lambda service, name: KEPT.get(name) if service == "plugwatch" else None
    errors.KeyringError = KeyringError
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return library


def test_the_environment_goes_first_even_with_nothing_in_it(monkeypatch, keyring):
    monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", " pässword: 7 ")
    monkeypatch.setenv("PLUGWATCH_IMAP_PASSWORD", "")
    monkeypatch.setenv("PLUGWATCH_CHAT_URLS", "json://x\n  slack://y ")

    assert (smtp_password(SMTP), imap_password(IMAP)) == (" pässword: 7 ", "")
    assert chat_urls() == ("json://x", "slack://y")


def test_else_the_keyring_is_asked_by_section_user_and_host(keyring):
    assert (smtp_password(SMTP), imap_password(IMAP)) == ("one", "two")
    assert chat_urls() == ("json://a", "json://b")
    assert smtp_password(SmtpSettings(host="other.example", user="dev")) == ""


def test_without_a_keyring_there_is_no_password(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert (smtp_password(SMTP), imap_password(IMAP), chat_urls()) == ("", "", ())


def test_a_locked_keyring_is_one_sentence(monkeypatch, keyring):
    def locked(service, name):
        raise KeyringError("locked")

    monkeypatch.setattr(keyring, "get_password", locked)
    with pytest.raises(ConfigError, match="unlock it, or set PLUGWATCH_SMTP_PASSWORD"):
        smtp_password(SMTP)
