"""A picture of pygal as this report shows it: no style, script or comment, and nothing that differs from run to run.

Only the elements and attributes named here are written, each text is escaped, and colours come from classes alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

_ELEMENTS = frozenset(("a", "circle", "g", "path", "rect", "text", "title"))
_ATTRIBUTES = frozenset(
    [
        "x",
        "y",
        "width",
        "height",
        "cx",
        "cy",
        "r",
        "d",
        "transform",
        "text-anchor",
        "href",
        "aria-label",
        "fill",
        "pointer-events",
    ]
)
_CLASSES = frozenset(
    [
        "axis",
        "x",
        "y",
        "guides",
        "guide",
        "line",
        "dot",
        "rect",
        "plot",
        "value",
        "nofill",
        "hit",
        "label",
        "at-least",
        "backwards",
    ]
)
_LEFT_OUT = frozenset(("background", "tooltip-overlay", "titles", "legends"))
_FRACTION = re.compile(r"-?\d+\.\d+")
# What tells areas and bars apart beside their colours; a role without a pattern is plain.
_STRIPES = {"first": "", "us": ""} | {
    role: pattern
    for pattern, roles in {
        '<path d="M-2 2 2-2M0 8 8 0M6 10 10 6"/>': ("vendor", "second", "bad"),
        '<path d="M2 2h2v2h-2zM6 6h2v2h-2z" class="dots"/>': ("client", "third", "unsure"),
        '<path d="M0 4h8"/>': ("fourth", "quiet"),
    }.items()
    for role in roles
}


def write_svg(root: Any, roles: Sequence[str], ident: str, *, filled: bool) -> str:
    """The inside of the picture in an element tree of pygal.

    ``roles`` are those of its series. ``filled``: their areas have the patterns of :func:`patterns`.
    """
    return "".join(_Writer(roles, ident if filled else "").write(root))


def patterns(roles: Sequence[str], ident: str) -> str:
    """The patterns of areas, for a picture and for the key beside it; coloured by the classes inside."""
    return "".join(
        f'<pattern id="{ident}-{role}" class="role-{role}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8"/>{_STRIPES[role]}</pattern>'
        for role in dict.fromkeys(roles)
        if _STRIPES.get(role)
    )


def fill_of(role: str, ident: str) -> str:
    """The attribute that gives a shape the pattern of its role; empty for a role without one."""
    return f' fill="url(#{ident}-{role})"' if _STRIPES.get(role) else ""


class _Writer:
    def __init__(self, roles: Sequence[str], ident: str) -> None:
        self._roles = roles
        self._ident = ident

    def write(self, element: Any, axis: bool = False) -> Iterator[str]:
        """An element and all in it, or nothing where there is nothing to see."""
        classes = (element.get("class") or "").split()
        axis = axis or ("axis" in classes and "guides" not in classes and "line" not in classes)
        if not _LEFT_OUT.isdisjoint(classes) or (axis and "guides" in classes and not _labelled(element)):
            return
        inside = "".join(
            part
            for child in element
            if child.tag in _ELEMENTS and not (axis and child.tag == "title")
            for part in self.write(child, axis)
        )
        text = escape(element.text.strip(), quote=False) if element.text and element.tag in ("text", "title") else ""
        if element.tag == "svg":
            yield inside
        elif inside or text or element.tag in ("circle", "path", "rect"):
            yield f"<{element.tag}{self._attributes(element, classes)}>{text}{inside}</{element.tag}>"

    def _attributes(self, element: Any, classes: Sequence[str]) -> str:
        written = "".join(
            f' {name}="{escape(_FRACTION.sub(_rounded, value) if name not in ("href", "aria-label") else value)}"'
            for name, value in ((_name(key), value) for key, value in element.attrib.items())
            if name in _ATTRIBUTES and not (name == "transform" and value == "translate(0, 0)")
        )
        kept = [one for one in classes if one in _CLASSES or one.startswith("role-")]
        if "series" in classes:
            role = self._roles[int(next(one for one in classes if one.startswith("serie-"))[6:])]
            kept += ["series", f"role-{role}"]
            if self._ident and _STRIPES.get(role):
                kept.append("striped")
                written += fill_of(role, self._ident)
        return (f' class="{" ".join(kept)}"' if kept else "") + written


def _labelled(guides: Any) -> bool:
    return any(child.tag == "text" and child.text for child in guides)


def _name(key: Any) -> str:
    """The name of an attribute without its namespace (a link's is xlink)."""
    return str(getattr(key, "text", key)).rpartition("}")[2]


def _rounded(number: re.Match[str]) -> str:
    text = f"{float(number.group()):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
