"""Reminders to the agency's own chat rooms and phones, through apprise."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from plugwatch.errors import ConfigError, UnknownError

_CORRECT = "correct PLUGWATCH_CHAT_URLS"


class ChatError(UnknownError):
    """Not every address took the reminder; ``reached`` is how many did."""

    def __init__(self, sentence: str, reached: int) -> None:
        self.reached = reached
        super().__init__(sentence)


def remind(urls: Sequence[str], title: str, body: str) -> None:
    """Send a reminder to each of these addresses of apprise (https://github.com/caronc/apprise/wiki).

    Raises ConfigError where apprise is missing or an address is none, ChatError where a service did not take it. No
    sentence holds an address: the password is a part of it.
    """
    apprise, asset = load_apprise("reminders by chat")
    with quietly():
        services = [apprise.Apprise.instantiate(url, asset=asset) for url in urls]
        if None in services:
            strange = _name(services.index(None), services)
            raise ConfigError(f"{strange} is none that apprise knows, so no reminder was sent; {_CORRECT}")
        text = apprise.NotifyFormat.TEXT
        taken = [bool(apprise.Apprise(one, asset=asset).notify(body, title, body_format=text)) for one in services]
    if not all(taken):
        silent = _name(taken.index(False), taken)
        raise ChatError(f"{silent} did not take the reminder; try again later, or {_CORRECT}", sum(taken))


def load_apprise(what: str) -> tuple[Any, Any]:
    """The library and how it shall behave: a service learns who sends, shows no pictures from elsewhere, and leaves
    nothing on the disk. Raises ConfigError where it is missing; ``what`` needs it."""
    try:
        import apprise
    except ImportError as error:
        raise ConfigError(f"{what} need apprise; install it with: pip install 'plugwatch[chat]'") from error
    asset = apprise.AppriseAsset(
        app_id="plugwatch",
        app_desc="plugwatch",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    return apprise, asset


def _name(index: int, addresses: Sequence[object]) -> str:
    return f"chat address {index + 1} of {len(addresses)}"


@contextmanager
def quietly() -> Iterator[None]:
    """Without apprise's log: it quotes addresses."""
    log = logging.getLogger("apprise")
    before, log.disabled = log.disabled, True
    try:
        yield
    finally:
        log.disabled = before
