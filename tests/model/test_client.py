from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.client import (
    Client,
    Contact,
    WorkingHours,
    check_slug,
    check_timezone,
    format_duration,
    is_email,
    parse_duration,
    parse_language,
)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("desk@acme.example", Contact("desk@acme.example")),
        ("  desk@acme.example ", Contact("desk@acme.example")),
        ("Shop desk <desk@acme.example>", Contact("desk@acme.example", "Shop desk")),
        (
            '"Müller, Eva" <eva.mueller+shop@sub.acme.example>',
            Contact("eva.mueller+shop@sub.acme.example", "Müller, Eva"),
        ),
        ("<desk@acme.example>", Contact("desk@acme.example")),
    ],
)
def test_contact_is_read_as_mail_programs_write_it(text, contact):
    assert Contact.parse(text) == contact
    assert Contact.parse(str(contact)) == contact


@pytest.mark.parametrize(
    "text",
    [
        "",
        "desk",
        "desk@",
        "@acme.example",
        "desk@acme",
        "a b@acme.example",
        "a..b@acme.example",
        "desk@-acme.example",
        "desk@acme..example",
        "desk@acme.example.",
        "dësk@acme.example",
        "<>",
        "Desk <desk>",
        "desk@acme.example, x@y.example",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(PlugwatchError, match=r"is not an e-mail address; write desk@acme\.example or"):
        Contact.parse(text)


def test_nothing_can_be_added_to_the_headers_of_a_mail():
    for text in (
        "Desk\nBcc: all@acme.example <desk@acme.example>",
        "Desk\x00 <desk@acme.example>",
        "a\u2028b <a@b.example>",
    ):
        with pytest.raises(PlugwatchError, match="holds a line break or a control character") as refused:
            Contact.parse(text)
        assert "\n" not in str(refused.value)
    assert not is_email("desk@acme.example\n")
    assert not is_email("desk@acme.example\nbcc:x@y.example")


@pytest.mark.parametrize("text", ["acme", "Acme-2", "shop.acme.example", "1a_b", "a" * 80])
def test_slugs_that_can_be_kept(text):
    assert check_slug(text, "site") == text


@pytest.mark.parametrize(
    "text", ["", "-acme", ".acme", "acme shop", "acme/shop", "açme", "a" * 81, "acme\n", "a*", "@acme"]
)
def test_slugs_that_cannot(text):
    with pytest.raises(PlugwatchError, match="cannot be the short name of a site: at most 80 letters") as refused:
        check_slug(text, "site")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "duration", "normal"),
    [
        ("15m", timedelta(minutes=15), "15m"),
        ("1h", timedelta(hours=1), "1h"),
        ("2d", timedelta(days=2), "2d"),
        ("1h30m", timedelta(minutes=90), "1h30m"),
        ("90m", timedelta(minutes=90), "1h30m"),
        (" 36H ", timedelta(hours=36), "1d12h"),
    ],
)
def test_durations(text, duration, normal):
    assert parse_duration(text) == duration
    assert format_duration(duration) == normal


@pytest.mark.parametrize("text", ["", "15", "m", "0m", "-1h", "1.5h", "30m1h", "1w", "15 m", "99999h", "1h\n2m", "١h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(PlugwatchError, match="is not a span of time; write 15m, 1h, 1h30m or 2d"):
        parse_duration(text)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 9999 * 24 * 60))
def test_formatted_durations_are_read_as_the_same(minutes):
    duration = timedelta(minutes=minutes)

    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en", "en"),
        ("DE", "de"),
        ("de_at", "de-AT"),
        ("pt-BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
    ],
)
def test_language_tags_get_their_usual_letter_case(text, tag):
    assert parse_language(text) == tag


@pytest.mark.parametrize("text", ["", "e", "german", "de-", "de-AT-x", "de AT", "de\n", "12"])
def test_what_is_no_language_is_refused(text):
    with pytest.raises(PlugwatchError, match="is not a language; write a tag such as en, de or pt-BR"):
        parse_language(text)


def test_time_zones_are_iana_names():
    assert [check_timezone(name) for name in ("UTC", "Europe/Berlin")] == ["UTC", "Europe/Berlin"]
    for name in ("", "Berlin", "Europe", "../etc/passwd", "/etc/passwd", "Europe/Berlin\n", "+02:00", "a\0b"):
        with pytest.raises(PlugwatchError, match="is not a time zone; write an IANA name such as Europe/Berlin or UTC"):
            check_timezone(name)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Mon-Fri 9-18", "Mon-Fri 9-18"),
        ("mon-fri 09:00-18:00", "Mon-Fri 9-18"),
        ("Mon-Thu 9-12:30 13:30-17, Fri 9-12", "Mon-Thu 9-12:30 13:30-17, Fri 9-12"),
        ("Mon, Wed, Fri 8-12", "Mon 8-12, Wed 8-12, Fri 8-12"),
        ("Sat-Mon 10-14", "Mon 10-14, Sat-Sun 10-14"),
        ("Mon 9-12 11-14 14-15", "Mon 9-15"),
        ("24/7", "Mon-Sun 0-24"),
    ],
)
def test_working_hours_are_read_and_written(text, normal):
    hours = WorkingHours.parse(text)

    assert str(hours) == normal
    assert WorkingHours.parse(normal) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9-18",
        "Mon-Fri",
        "Mon-Fri 18-9",
        "Mon-Fri 9-25",
        "Mon-Fri 9:60-10",
        "Foo 9-18",
        "Mon 9",
        "Mon 9-9",
        "Mon 9-12, Tue",
        "Mon-Foo 9-18",
        "Mon-Fri 9–18",
        "Montag 9-18",
    ],
)
def test_what_are_no_working_hours_is_refused(text):
    with pytest.raises(PlugwatchError, match="is no part of working hours; write days, then times"):
        WorkingHours.parse(text)


SPANS = st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[1] < span[2])


def as_text(span):
    day, start, end = span
    name = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day]
    return f"{name} {start // 60}:{start % 60:02}-{end // 60}:{end % 60:02}"


@settings(deadline=None, max_examples=150)
@given(st.lists(SPANS, min_size=1, max_size=8), st.integers(0, 7 * 1440 - 1))
def test_hours_written_and_read_again_are_the_same_and_open_at_the_same_times(spans, minute):
    hours = WorkingHours.parse(", ".join(as_text(span) for span in spans))
    assert WorkingHours.parse(str(hours)) == hours

    moment = datetime(2026, 3, 2, tzinfo=timezone.utc) + timedelta(minutes=minute)  # a Monday
    opening = hours.next_open(moment)
    week = {day * 1440 + open_minute for day, start, end in spans for open_minute in range(start, end)}
    wait = next(wait for wait in range(8 * 1440) if (minute + wait) % (7 * 1440) in week)
    assert opening == moment + timedelta(minutes=wait)


def test_next_opening_is_wall_time_when_the_clocks_change():
    hours = WorkingHours.parse("Mon-Fri 9-18")
    friday = datetime(2026, 3, 27, 18, 0, tzinfo=ZoneInfo("Europe/Berlin"))  # the last Sunday of March lies between

    opening = hours.next_open(friday)
    assert (opening.isoformat(), opening - friday) == ("2026-03-30T09:00:00+02:00", timedelta(days=2, hours=15))
    inside = friday - timedelta(seconds=1)
    assert hours.next_open(inside) == inside


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"slug": "a b"}, "cannot be the short name of a client"),
        ({"name": " "}, "the client 'acme' needs a name"),
        ({"name": "x" * 201}, "a client's name is longer than 200 characters"),
        ({"name": "a\r\nb"}, "a client's name holds a line break"),
        ({"contacts": (Contact("nobody"),)}, "is not an e-mail address"),
        ({"language": "Klingon!"}, "is not a language"),
        ({"timezone": "Mars/Base"}, "is not a time zone"),
    ],
)
def test_client_is_checked_before_it_is_kept(change, sentence):
    client = Client("acme", "Acme", (Contact("desk@acme.example"),), "de", "Europe/Berlin")
    client.check()

    with pytest.raises(PlugwatchError, match=sentence):
        replace(client, **change).check()
