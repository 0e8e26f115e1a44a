"""How a page of ours looks by itself: its style, the agency's colour and logo, and the policy that forbids the rest."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from plugwatch.errors import ConfigError, InputError
from plugwatch.model.reports.colours import parse_colour, readable_on
from plugwatch.render.templates import Templates

STYLE = "report/page.css"
LOGO_LIMIT = 300_000  # bytes: it lies in each page
_MOST_PIXELS = 4000  # a few bytes can be a picture that no browser has the memory for
# What text in the agency's colour stands on, as in report/page.css: paper and shade, in light and in dark.
LIGHT, DARK = ("#ffffff", "#f5f6f7"), ("#15181c", "#1e2329")
_KINDS = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<svg[\s>]", re.DOTALL),
        "image/svg+xml",
    ),
)
# A browser that shows an SVG as a picture runs no script of it and loads nothing; one that opens it by itself would.
_ACTIVE = re.compile(
    rb"<!(?:DOCTYPE|ENTITY)|<(?:\w+:)?(?:script|foreignObject|iframe|handler|set|animate\w*)\b|\son\w+\s*=|javascript:|"
    rb"(?:href|src)\s*=\s*[\"']?\s*(?!#|data:image/(?:png|jpeg|webp)[;,])[^\s\"'>]|@import|url\(\s*[\"']?(?!#)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Look:
    """``logo`` is a data: URI, "" for none; ``accent`` is checked where it comes from."""

    accent: str
    logo: str = ""

    def style(self, templates: Templates) -> str:
        """The style of a page, from ``report/page.css`` of the templates, with the agency's colour before it.

        Raises NotFoundError where there is no such file, InputError where it would end its own element.
        """
        rules = "\n".join(templates.read(STYLE).splitlines())
        if re.search(r"</|<!--|[\x00-\x08\x0b-\x1f]", rules):
            raise InputError("a style holds no '</', '<!--' or control character", source=str(templates.find(STYLE)))
        light, dark = readable_on(self.accent, LIGHT), readable_on(self.accent, DARK)
        return f"\n:root {{ --accent-light: {light}; --accent-dark: {dark}; }}\n{rules.strip()}\n"


def look(workspace: Path, logo: str, accent: str) -> Look:
    """The look that ``[report]`` asks for. Raises ConfigError where the colour or the logo cannot be used."""
    return Look(parse_colour(accent), _read_logo(workspace, logo) if logo else "")


def policy_for(style: str) -> str:
    """A Content-Security-Policy (level 3, 6.7.3.3) that lets in this style and pictures of the page itself, no more."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _read_logo(workspace: Path, name: str) -> str:
    path = workspace / name
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise ConfigError(f"the logo {path} is no file; see [report] logo in plugwatch.toml")
        with path.open("rb") as file:
            content = file.read(LOGO_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no name of a file"
        raise ConfigError(f"the logo {path} cannot be read ({reason}); see [report] logo in plugwatch.toml") from error
    if len(content) > LOGO_LIMIT:
        raise ConfigError(f"the logo {path} is larger than {LOGO_LIMIT // 1000} KB; make it smaller")
    kind = next((kind for start, kind in _KINDS if start.match(content)), None)
    if kind is None:
        raise ConfigError(f"the logo {path} is no PNG, SVG, JPEG or WebP; save it as one of them")
    if kind == "image/svg+xml":
        _check_svg(path, content)
    if kind == "image/png" and max(_size_of_png(content)) > _MOST_PIXELS:
        raise ConfigError(f"the logo {path} is more than {_MOST_PIXELS} pixels wide or high; make it smaller")
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _size_of_png(content: bytes) -> tuple[int, int]:
    """How wide and how high it says it is (PNG, third edition, 11.2.1)."""
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _check_svg(path: Path, content: bytes) -> None:
    active = b"\x00" in content or _ACTIVE.search(content)
    if active:
        raise ConfigError(f"the logo {path} holds more than shapes (a script, or an address); save it as plain SVG")
