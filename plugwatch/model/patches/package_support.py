"""Where composer.json and package.json say that help is found.

Sources: composer/composer, doc/04-schema.md, "support"; the documentation of package.json in npm/cli, "bugs" and
"repository". The files are strangers': what is not as it should be counts as not told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from plugwatch.model.roads.markup import one_line
from plugwatch.model.vendors.addresses import mail_address, web_url

_LONGEST = 1 << 20
_MOST_AUTHORS = 10


@dataclass(frozen=True)
class PackageSupport:
    """The addresses in a package file, None where it names none; ``file`` is the one that says so.

    ``source`` and ``issues`` may be in any form that the format allows (``git@github.com:O/N.git``, ``github:O/N``).
    """

    file: str
    name: str = ""
    license: str = ""
    homepage: str | None = None
    email: str | None = None
    issues: str | None = None
    source: str | None = None
    forum: str | None = None
    docs: str | None = None
    chat: str | None = None
    security: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def says_anything(self) -> bool:
        """Whether there is an address at all in it."""
        told = (self.homepage, self.email, self.issues, self.source, self.forum, self.docs, self.chat, self.security)
        return any(told) or bool(self.authors)

    def to_document(self) -> dict[str, Any]:
        """The addresses as JSON holds them."""
        return asdict(self) | {"authors": list(self.authors)}

    @classmethod
    def from_document(cls, document: object) -> PackageSupport | None:
        """What :meth:`to_document` wrote down; None where it is something else."""
        kept = _dict(document)
        if not isinstance(kept.get("file"), str) or kept.keys() != {field.name for field in fields(cls)}:
            return None
        authors = kept["authors"] if isinstance(kept["authors"], list) else []
        return cls(**kept | {"authors": tuple(authors)})


def read_composer(data: bytes, file: str = "composer.json") -> PackageSupport | None:
    """What a composer.json says; None where it cannot be read."""
    document = _document(data)
    return support_from(document, file) if document is not None else None


def support_from(document: Mapping[str, Any], file: str) -> PackageSupport:
    """What a package says in composer.json or in the metadata of a Composer repository, which are of one form."""
    support = _dict(document.get("support"))
    return PackageSupport(
        file,
        name=_text(document.get("name")),
        license=_license(document.get("license")),
        homepage=web_url(document.get("homepage")),
        email=mail_address(support.get("email")),
        issues=_address(support.get("issues")),
        source=_address(support.get("source")),
        forum=web_url(support.get("forum")),
        docs=web_url(support.get("docs")) or web_url(support.get("wiki")),
        chat=_text(support.get("chat")) or _text(support.get("irc")) or None,
        security=web_url(support.get("security")),
        authors=_authors(document.get("authors")),
    )


def read_package(data: bytes, file: str = "package.json") -> PackageSupport | None:
    """What a package.json says; None where it cannot be read."""
    document = _document(data)
    if document is None:
        return None
    bugs, repository = document.get("bugs"), document.get("repository")
    told = _dict(bugs)
    return PackageSupport(
        file,
        name=_text(document.get("name")),
        license=_license(document.get("license")),
        homepage=web_url(document.get("homepage")),
        email=mail_address(told.get("email")),
        issues=_address(bugs) or _address(told.get("url")),
        source=_address(repository) or _address(_dict(repository).get("url")),
    )


def _document(data: bytes) -> dict[str, Any] | None:
    if len(data) > _LONGEST:
        return None
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _authors(value: object) -> tuple[str, ...]:
    rows = value[:_MOST_AUTHORS] if isinstance(value, list) else []
    found = (mail_address(_dict(row).get("email")) for row in rows)
    return tuple(dict.fromkeys(address for address in found if address))


def _license(value: object) -> str:
    """One licence, or several as Composer lists them."""
    names = value[:_MOST_AUTHORS] if isinstance(value, list) else [value]
    return " or ".join(filter(None, map(_text, names)))


def _address(value: object) -> str | None:
    """An address of any form on one line."""
    text = _text(value, 500)
    return text if text and " " not in text else None


def _text(value: object, longest: int = 200) -> str:
    return one_line(value[:4000])[:longest].strip() if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
