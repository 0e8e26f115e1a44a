"""The swim-lane of an incident as SVG: classes alone, for the page's policy allows no style in it.

Drawn here and not by a template, because a board draws one for each of ten thousand incidents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from markupsafe import Markup

from plugwatch.model.reports.lanes import WIDTH, Flag, Gap, Lanes, Line, Mark, Stretch, Tick
from plugwatch.render.reports.reader import Reader

_LEFT, _LANE = 90, 56  # room for the lanes' names, and the height of one
_FIRST = 66  # the rail of the first lane
_TOP, _BOTTOM = 24, 208
_NEAR_LEFT, _NEAR_RIGHT = 60, 940  # a word there begins or ends at its line instead of standing across it
_RAILS = [_FIRST + _LANE * number for number in range(3)]
_OVER = ("late", "overdue")

_HEAD = (
    f'<svg class="lane" viewBox="0 0 {WIDTH + _LEFT + 30} 248" role="img" aria-labelledby="lane-title lane-text">\n'
    '<title id="lane-title">What client, we and the vendor did, on one axis of time</title>\n'
    '<desc id="lane-text">The timeline below lists all of it.</desc>\n'
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="hatch" d="M0 0V7"/></pattern></defs>\n'
    f'<g transform="translate({_LEFT} 0)">\n'
)
_RAIL = "".join(f"M0 {y}H{WIDTH}" for y in _RAILS)


def draw_lanes(picture: Lanes, reader: Reader) -> Markup:
    """The picture; there is one at most on a page, for its ids are always the same."""
    names = "".join(
        f'<text class="name {lane}" x="-{_LEFT}" y="{y + 4}">{lane}</text>'
        for (lane, _marks), y in zip(picture.rows, _RAILS, strict=True)
    )
    parts = [
        _HEAD,
        *(_stretch(one, reader) for one in picture.stretches),
        f'<path class="tick" d="{"".join(f"M{one.x} {_TOP}V{_BOTTOM}" for one in picture.ticks)}"/>\n',
        f'{names}\n<path class="rail" d="{_RAIL}"/>\n',
        *(_gap(one, reader) for one in picture.gaps),
        *(_line(one, reader) for one in picture.lines),
        *(_flag(one, reader) for one in picture.flags),
    ]
    for (lane, marks), y in zip(picture.rows, _RAILS, strict=True):
        parts += [f'<g class="{lane}" transform="translate(0 {y})">\n', *_marks(marks, reader), "</g>\n"]
    parts += [*(_tick(one, reader) for one in picture.ticks), "</g>\n</svg>"]
    return Markup("".join(parts))  # noqa: S704 (every text of others in it went through escape)


def _stretch(one: Stretch, reader: Reader) -> str:
    return f'<text class="stretch" x="{one.x}" y="14">{escape(reader.span(one.seconds))}</text>\n'


def _gap(one: Gap, reader: Reader) -> str:
    least = "" if one.over else "at least "
    return (
        f'<rect class="gap" x="{one.x}" y="{_FIRST - 12}" width="{one.width}" height="24" fill="url(#hatch)">'
        f"<title>{escape(one.client)} heard nothing for {least}{escape(reader.span(one.seconds))}</title></rect>\n"
    )


def _line(one: Line, reader: Reader) -> str:
    now = " now" if one.what == "now" else ""
    anchor = ' text-anchor="end"' if one.x > _NEAR_RIGHT else ' text-anchor="middle"' if one.x > _NEAR_LEFT else ""
    return (
        f'<path class="line{now}" d="M{one.x} 34V{_BOTTOM}"><title>{one.what}: {escape(reader.moment(one.at))}</title>'
        f'</path><text class="what" x="{one.x}" y="30"{anchor}>{one.what}</text>\n'
    )


def _flag(one: Flag, reader: Reader) -> str:
    """A pennant; a notched one where the promise is late."""
    cloth = "h11l-4 4 4 4h-11" if one.state in _OVER else "l11 4-11 4"
    words = f"Promise to {escape(one.client)} for {escape(reader.moment(one.due))}: {one.state}"
    pole = f"M{one.x} {_RAILS[1]}V{_RAILS[1] - 28}"
    return f'<g class="flag {one.state}"><path d="{pole}{cloth}"/><title>{words}</title></g>\n'


def _marks(marks: Iterable[Mark], reader: Reader) -> Iterator[str]:
    """A dot for each; where several things happened at about one time, their number in it."""
    for one in marks:
        number = len(one.happenings) + one.more
        many = f'<circle cx="{one.x}" r="9"/><text x="{one.x}" y="3.5">{number}</text>'
        dot = many if number > 1 else f'<circle cx="{one.x}" r="6"/>'
        said = [f"{escape(reader.moment(each.at))}  {escape(each.text)}\n" for each in one.happenings]
        more = f"and {one.more} more" if one.more else ""
        yield f"<g>{dot}<title>{''.join(said)}{more}</title></g>\n"


def _tick(one: Tick, reader: Reader) -> str:
    return "".join(
        f'<text x="{one.x}" y="{y}" text-anchor="{one.anchor}">{escape(text)}</text>'
        for y, text in ((226, reader.day(one.at)), (242, reader.time(one.at)))
    )
