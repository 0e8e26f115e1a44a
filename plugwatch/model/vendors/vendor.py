"""Who makes a component: what they are called, so that no message to a client names them by mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import check_text, printable

_SCHEME = re.compile(r"^[a-z]+://", re.IGNORECASE)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+{_LABEL}", re.IGNORECASE)


@dataclass(frozen=True)
class Vendor:
    """A vendor by name; ``words`` are the other names it goes by: short forms, product lines, domains."""

    name: str
    words: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise PlugwatchError, in one sentence, for the first value that cannot be kept."""
        for what, text in (("a vendor's name", self.name), *(("a vendor's word", word) for word in self.words)):
            check_text(what, text)
            if not text.strip():
                raise PlugwatchError(f"{what} is empty; write at least one letter")
        for word in self.words:
            if len(word.strip()) < 2:
                raise PlugwatchError(f"'{word}' stands in every text; write a vendor's word of two letters or more")


def parse_domain(text: str) -> str:
    """The domain alone, in small letters, of ``WWW.Tidy.example`` or ``https://www.tidy.example/shop``.

    Raises PlugwatchError where the text holds none.
    """
    host = re.split(r"[/?#]", _SCHEME.sub("", text.strip()), maxsplit=1)[0].rpartition("@")[2]
    domain = host.partition(":")[0].lower().removeprefix("www.")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise PlugwatchError(f"'{printable(text[:80])}' is not a domain; write tidyworks.example")
    return domain
