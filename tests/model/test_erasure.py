from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.erasure import ERASED, Eraser, Scope, Traces, address_host, redact_document, source_scope

CORVID = Traces(
    names=("Corvid Prints Ltd",),
    slug="corvid",
    site_slugs=("corvid-shop", "shop"),
    addresses=("https://www.corvid.example/shop",),
    people=("Maria Marlowe", "Jo", "Front desk"),
    mails=("maria@corvid.example",),
    words=("since Friday the contact form on our site does not send anything", "all is lost", "broken"),
    public=("Bolt", "tidy-forms", "Corvid Prints Gallery"),
)
MOMENT = Traces(names=("Moment",), slug="moment")


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize(
    "text",
    [
        "Corvid Prints Ltd",
        "corvid prints",
        "CORVID_PRINTS",
        "corvidprints",
        "Corvid\n> Prints",
        "C&#111;rvid Prints",
        "Corvid\\_Prints",
        "Corvid%20Prints",
        "Cor\u200bvid Prints",
        "\uff23\uff4f\uff52\uff56\uff49\uff44 Prints",
        "corvid-shop",
        "corvid.example",
        "maria@corvid.example",
        "Maria Marlowe",
        "Corvid",
        "Corvids",
    ],
)
def test_what_tells_of_the_client_is_erased_in_every_text_however_it_is_written(text: str, scope: Scope) -> None:
    assert Eraser(CORVID).redact(f"see {text}, please", scope) == f"see {ERASED}, please"


@pytest.mark.parametrize(
    ("text", "own", "other"),
    [
        ("corvid: affected", "(erased): affected", "corvid: affected"),
        ("the shop is down", "the (erased) is down", "the shop is down"),
        ("Maria called", "(erased) called", "Maria called"),
        ("Frau Marlowes Mail", "Frau (erased) Mail", "Frau Marlowes Mail"),
        ("maria marlowes", "(erased)", "maria marlowes"),
        ("the front desk", "the (erased)", "the front desk"),
        ("jo called", "(erased) called", "jo called"),
        ("Front door, desk lamp", "Front door, desk lamp", "Front door, desk lamp"),
        ("site:shop", "(erased)", "(erased)"),
        ("All is lost!", "(erased)!", "All is lost!"),
        ("broken", "(erased)", "broken"),
        ("?body=%0AFrau%20Marlowes%20Mail", "?body=%0AFrau%20(erased)%20Mail", "?body=%0AFrau%20Marlowes%20Mail"),
        ("broken since 9", "broken since 9", "broken since 9"),
    ],
)
def test_what_may_be_said_of_anybody_is_erased_only_in_the_clients_own_records(text: str, own: str, other: str) -> None:
    eraser = Eraser(CORVID)

    assert eraser.redact(text, Scope.OWN) == own
    assert eraser.redact(text, Scope.OTHER) == eraser.redact(text, Scope.THEIRS) == other


@pytest.mark.parametrize("scope", [Scope.OTHER, Scope.THEIRS])
def test_a_name_of_one_everyday_word_is_erased_elsewhere_only_as_a_whole_capitalised_word(scope: Scope) -> None:
    text = "one moment please; Moment called, momentum, Momentary, MOMENT."

    assert Eraser(MOMENT).redact(text, scope) == "one moment please; (erased) called, momentum, Momentary, (erased)."


def test_a_longer_name_that_is_public_is_not_the_clients() -> None:
    assert (
        Eraser(CORVID).redact("Corvid Prints Gallery 1.2 and Corvid Prints") == "Corvid Prints Gallery 1.2 and (erased)"
    )


def test_the_clients_own_name_is_erased_in_its_records_though_a_component_is_called_so_too() -> None:
    eraser = Eraser(Traces(names=("Bolt",), slug="bolt", public=("bolt",)))

    assert eraser.redact("Bolt called about plugin/bolt", Scope.OWN) == "(erased) called about plugin/(erased)"
    assert eraser.redact("Bolt 1.2 is out", Scope.OTHER) == "Bolt 1.2 is out"


def test_a_quotation_is_erased_also_where_it_is_cut_wrapped_or_punctuated_otherwise() -> None:
    eraser = Eraser(CORVID)

    assert (
        eraser.redact("They say: “since Friday the contact form\n> on our site…” (phone)")
        == "They say: “(erased)…” (phone)"
    )
    assert eraser.redact("the contact form on our page") == "the contact form on our page"


def test_a_long_quotation_is_erased_anywhere_but_not_in_what_another_client_said() -> None:
    eraser, text = Eraser(CORVID), "the contact form on our site does not send anything"

    assert eraser.redact(text, Scope.OTHER) == ERASED
    assert eraser.redact(text, Scope.THEIRS) == text


@pytest.mark.parametrize("written", ["Müller Bäder", "Mueller Baeder", "muller bader", "M&uuml;ller B\u0061\u0308der"])
def test_letters_that_a_keyboard_lacks_hide_no_name(written: str) -> None:
    assert Eraser(Traces(names=("Müller Bäder GmbH",))).redact(f"für {written}.") == "für (erased)."


def test_what_a_person_names_besides_is_erased_everywhere() -> None:
    eraser = Eraser(Traces(names=("Corvid",), also=("Old Mill", "millie")))

    assert eraser.redact("millie of the old mill", Scope.THEIRS) == "(erased) of the (erased)"


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("host", ["bücher.example", "xn--bcher-kva.example"])
def test_a_domain_is_erased_in_both_of_its_forms(host: str, scope: Scope) -> None:
    eraser = Eraser(Traces(addresses=(f"https://www.{host}/laden",)))

    assert eraser.redact("on bücher.example, alias xn--bcher-kva.example", scope) == "on (erased), alias (erased)"


def test_an_address_is_erased_in_the_clients_own_records_also_without_its_signs() -> None:
    eraser = Eraser(CORVID)

    assert eraser.redact("client address 'www corvid example shop'", Scope.OWN) == "client address '(erased)'"
    assert eraser.redact("see www.corvid.example and shop", Scope.OTHER) == "see www.(erased) and shop"


def test_a_lone_letter_or_number_tells_of_nobody() -> None:
    assert Eraser(Traces(names=("X", "42"), slug="7")).redact("X, 42 and 7") == "X, 42 and 7"


def test_documents_are_redacted_text_by_text() -> None:
    eraser = Eraser(CORVID)
    document = {"Corvid": ["a\nCorvid", 3, None, {"b": "Corvid Prints"}]}

    assert redact_document(document, eraser.redact) == {"Corvid": ["a\n(erased)", 3, None, {"b": "(erased)"}]}


def test_a_path_may_have_short_names_but_an_address_that_is_used_again_stays() -> None:
    eraser, address = Eraser(CORVID), "https://shop.vendor.example/tidy.zip"

    assert eraser.redact("/lists/shop.zip", source_scope("/lists/shop.zip")) == "/lists/(erased).zip"
    assert eraser.redact(address, source_scope(address)) == address


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.Corvid.example:8443/shop?x#y", "corvid.example"),
        ("corvid.example", "corvid.example"),
        ("ftp://user:pw@corvid.example/x", "corvid.example"),
        ("", ""),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert address_host(address) == host


NAMES = st.sampled_from(["Corvid Prints", "corvid.example", "maria@corvid.example", "Maria Marlowe", "corvid-shop"])


@settings(max_examples=150)
@given(before=st.text(max_size=30), name=NAMES, after=st.text(max_size=30), scope=st.sampled_from(Scope))
def test_nothing_is_left_and_a_second_time_changes_nothing(before: str, name: str, after: str, scope: Scope) -> None:
    eraser = Eraser(CORVID)
    redacted = eraser.redact(f"{before} {name} {after}", scope)

    assert ERASED in redacted
    assert not eraser.finds(redacted, scope)
    assert eraser.redact(redacted, scope) == redacted
    assert name not in redacted


@settings(max_examples=150)
@given(text=st.text(max_size=60), scope=st.sampled_from(Scope))
def test_a_text_that_tells_nothing_stays_as_it_is(text: str, scope: Scope) -> None:
    eraser = Eraser(Traces(names=("Zyxwvut Tsrqpon",), mails=("z@zyxwvut.example",)))

    assert eraser.redact(text, scope) == text
