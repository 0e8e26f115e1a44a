"""A chat with a vendor's developers (Slack, Mattermost, Teams, Matrix, Telegram …), through apprise.

The rooms are not those of the agency: they stand in PLUGWATCH_VENDOR_CHAT_URLS, each with the name by which a vendor's
road calls it. Without one a person pastes the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from plugwatch.channels.chat import load_apprise, quietly
from plugwatch.channels.forms import patch_file, thread_address
from plugwatch.channels.vendor_mail import is_patch
from plugwatch.errors import ConfigError, PlugwatchError
from plugwatch.model.roads.markup import one_line
from plugwatch.model.roads.posting import CannotTellError, Delivered, Posting
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, Prepared, RenderedText, Surroundings

_VARIABLE = "PLUGWATCH_VENDOR_CHAT_URLS"
_ROOM = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]{0,63})=(?P<url>[a-z0-9]+://\S+)", re.IGNORECASE)


def prepare(road: Road, text: RenderedText, brief: Brief, patch: PatchForms | None, around: Surroundings) -> Prepared:  # noqa: ARG001 - all roads are of one shape
    """The patch beside the text, and the thread where there is one."""
    return Prepared(patch_file(road, brief, patch), thread_address(brief))


def read_rooms(text: str) -> dict[str, str]:
    """The rooms of ``NAME=URL NAME=URL``, by name in small letters; the addresses are apprise's and hold passwords.

    Raises ConfigError, which shows no address, where an entry is no such pair or a name stands there twice.
    """
    rooms: dict[str, str] = {}
    for number, entry in enumerate(text.split(), 1):
        found = _ROOM.fullmatch(entry)
        if found is None:
            raise ConfigError(f"entry {number} of {_VARIABLE} is no NAME=URL; write for example tidyworks=slack://…")
        name = found["name"].lower()
        if name in rooms:
            raise ConfigError(f"{_VARIABLE} names '{name}' twice; give each room a name of its own")
        rooms[name] = found["url"]
    return rooms


class ChatRoad:
    """The way into vendors' rooms, each known by its name."""

    def __init__(self, rooms: Mapping[str, str]) -> None:
        self._rooms = dict(rooms)

    def find(self, posting: Posting) -> Delivered | None:
        """Raises CannotTellError: no service tells whoever posts by a hook what stands in a room."""
        raise CannotTellError(
            f"the chat '{one_line(posting.target)}' cannot be asked whether '{one_line(posting.title)}' stands there; "
            "look into it, then say what became of it with 'plugwatch submission mark'"
        )

    def send(self, posting: Posting, about_to_hand: Callable[[], None]) -> Delivered:
        """Post it; see :class:`plugwatch.model.roads.posting.Channel`. No sentence holds an address."""
        name = one_line(posting.target)
        url = self._rooms.get(name.lower())
        if url is None:
            known = f"; it knows {', '.join(sorted(self._rooms))}" if self._rooms else ""
            raise ConfigError(
                f"{_VARIABLE} names no chat '{name}'{known}; add {name}=URL, or paste the text there yourself"
            )
        apprise, asset = load_apprise("chats with vendors")
        with quietly():
            service = apprise.Apprise.instantiate(url, asset=asset)
            if service is None:
                raise ConfigError(
                    f"the address of '{name}' is none that apprise knows, so nothing was posted; correct {_VARIABLE}"
                )
            _check_size(service, name, posting)
            patches = [file for file in posting.files if is_patch(file)]
            takes_files = bool(service.attachment_support)
            attached = _attachments(apprise, asset, patches) if patches and takes_files else None
            room = apprise.Apprise(service, asset=asset)
            about_to_hand()
            text = apprise.NotifyFormat.TEXT
            taken = room.notify(posting.body.strip(), posting.title, body_format=text, attach=attached)
        if not taken:
            raise CannotTellError(
                f"the chat '{name}' did not say that it took the text; look into it, then send again "
                f"or correct {_VARIABLE}"
            )
        left = "" if takes_files else ", ".join(file.name for file in patches)
        detail = f"in the chat '{name}'" + (f", which takes no files: hand over {left}" if left else "")
        return Delivered("sent", detail=detail)


def _check_size(service: Any, name: str, posting: Posting) -> None:
    """A longer text would be cut, or come as several."""
    size, limit = len(posting.title) + 2 + len(posting.body.strip()), int(service.body_maxlen)
    if size > limit:
        raise PlugwatchError(f"the text has {size:,} characters, and the chat '{name}' takes {limit:,}; shorten it")


def _attachments(apprise: Any, asset: Any, files: list[DraftFile]) -> Any:
    from apprise.attachment.memory import AttachMemory

    make: Any = AttachMemory  # apprise has no types
    attached = apprise.AppriseAttachment(asset=asset)
    for file in files:
        attached.add(make(content=file.content, name=file.name, mimetype="text/x-diff", asset=asset))
    return attached
