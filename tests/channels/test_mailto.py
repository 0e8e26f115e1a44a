from __future__ import annotations

from email.headerregistry import Address
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.channels.mailto import LIMIT, write_mailto


def read(url: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(url)
    assert parts.scheme == "mailto"
    assert "+" not in url  # RFC 6068, section 5: it is a plus, and some programs read a space
    return unquote(parts.path), parse_qs(parts.query, strict_parsing=True)


def test_a_mail_program_is_given_address_subject_and_text() -> None:
    to, fields = read(write_mailto("dev+wp@vendor.example", "Nonce & more: 100% #1", "Hellö,\n\na + b = c?\n"))
    assert to == "dev+wp@vendor.example"
    assert fields == {"subject": ["Nonce & more: 100% #1"], "body": ["Hellö,\r\n\r\na + b = c?\r\n"]}


def test_each_file_is_a_blank_that_a_person_fills() -> None:
    _, fields = read(write_mailto("a@b.example", "s", "t", ("0001-fix.patch",)))
    assert fields["body"] == ["(( fill in: attach 0001-fix.patch, which this address cannot carry ))\r\nt"]


def test_a_mail_goes_on_from_the_last_one_before_it() -> None:
    _, fields = read(write_mailto("a@b.example", "s", "t", (), ("<1@a.example>", "<2&body=x@b.example>\r\n")))
    assert fields == {"subject": ["s"], "In-Reply-To": ["<2&body=x@b.example>"], "body": ["t"]}


def test_a_text_that_is_too_long_is_left_out() -> None:
    short = write_mailto("a@b.example", "s", "x" * (LIMIT - 40))
    assert len(short) <= LIMIT
    assert "body" in read(short)[1]
    assert read(write_mailto("a@b.example", "s", "x" * LIMIT)) == ("a@b.example", {"subject": ["s"]})


@given(st.text(max_size=80), st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_no_value_adds_a_field(subject: str, body: str) -> None:
    to, fields = read(write_mailto("a@b.example", f"s{subject}\r\n&cc=x@y.example", f"b{body}&bcc=x@y.example"))
    assert set(fields) == {"subject", "body"}
    assert Address(addr_spec=to).domain == "b.example"


@pytest.mark.parametrize("address", ["a@b.example?cc=x@y.example", "a@b.example&cc=x", "a@b.example, c@d.example"])
def test_an_address_stays_one(address: str) -> None:
    assert set(read(write_mailto(address, "s", "b"))[1]) == {"subject", "body"}
    assert "," not in write_mailto(address, "s", "b")
