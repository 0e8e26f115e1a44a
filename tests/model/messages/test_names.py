from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch.model.messages.names import Product, find_clients, find_ours, find_products
from plugwatch.model.messages.text import find_sentences, fold
from plugwatch.model.messages.wording import Wording, wording_from_text
from plugwatch.model.roads.privacy import PrivateWords

TEMPLATES = Path(__file__).parents[3] / "templates" / "client"
TIDY = Product("Tidy Forms", "tidy-forms", "TidyWorks Labs", "tidyworks.example")
WHEEL = Product("CartWheel Pro", "cartwheel-pro", "Müßig & Söhne Software", "muessig.example", ("CWP", "the wheel"))
OTHERS = PrivateWords(
    names=("Bolt Cycles", "Moment", "Old Mill Hotel", "Bell & Son", "Zahnarztpraxis Öztürk", "Corvid GmbH"),
    slugs=("bolt", "old-mill", "corvid"),
    addresses=("https://www.bolt-cycles.example/shop/", "stbrannocs.example"),
    contacts=("Tom Reed <tom@post.example>", "Maria"),
)


def wording(language: str) -> Wording:
    return wording_from_text((TEMPLATES / language / "words.txt").read_text("utf-8"), f"{language}/words.txt")


def products_in(
    text: str, *products: Product, language: str = "en", ours: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    folded = fold(text)
    sentences = find_sentences(folded, (), ())
    hits = find_products(folded, products or (TIDY, WHEEL), ours, wording(language), sentences)
    return [(hit.rule, folded.said(hit.start, hit.end)) for hit in hits]


def clients_in(text: str, *, language: str = "en", ours: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    folded, words = fold(text), wording(language)
    hits = find_clients(folded, OTHERS, ours, words, find_sentences(folded, (), ()))
    return [(hit.rule, folded.said(hit.start, hit.end)) for hit in hits]


@pytest.mark.parametrize(
    "said",
    [
        "Tidy Forms",
        "TIDY FORMS",
        "tidy-forms",
        "tidy_forms",
        "TidyForms",
        "tidyforms",
        "Tidy\nForms",
        "T1dy F0rms",
        "Ti\u200bdy For\u00adms",
        "T\u0456dy F\u043erms",
        "CartWheel",
        "Cart Wheel",
        "cart-wheel-pro",
        "the wheel",
        "CWP",
    ],
)
def test_a_product_is_found_however_it_is_spelled(said: str) -> None:
    assert products_in(f"We have set {said} back.") == [("product", said.replace("\n", " "))]


@pytest.mark.parametrize(
    "said",
    [
        "Tidy Froms",
        "TidyFroms",
        "tidy-form5s",
        "CartWeel",
        "Kartwheel",
        "cart-wheal",
        "T*dyForms",
        "Cart***el",
        "C.W.P.",
    ],
)
def test_a_product_is_found_with_a_letter_wrong_or_hidden(said: str) -> None:
    products = (Product("TidyForms", "tidyforms"), Product("CartWheel Plus", "cartwheel-plus"))
    initials = Product("Cart Wheel Press", "cwpress")
    assert products_in(f"we have looked at {said} today", *products, initials) == [("product", said.rstrip("."))]


@pytest.mark.parametrize(
    "text", ["Compliant with the law.", "we are compliant", "2 * 3 tidy forms", "Form Tidy", "C. W. Page"]
)
def test_words_with_another_letter_are_other_words(text: str) -> None:
    assert products_in(text, Product("Complianz", "complianz"), Product("Tidiforms", "tidiforms")) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CartSail for Shops", "It is Cart Sail."),
        ("Quillmark - Newsletter Forms", "we took quillmark off"),
        ("Lumora: Photo Gallery", "the LUMORA part"),
        ("Elovate Page Builder", "we looked at Elovate and its copies"),
        ("Elovate Page Builder", "Elovate's part is off"),
    ],
)
def test_a_product_is_found_by_the_first_part_of_its_name(name: str, text: str) -> None:
    assert [rule for rule, _ in products_in(text, Product(name))] == ["product"]


def test_a_first_word_is_a_name_only_where_no_everyday_word_is_the_same() -> None:
    assert products_in("Elovate it a little.", Product("Smooth Photo Gallery")) == []
    assert products_in("It runs Smooth again.", Product("Smooth Photo Gallery")) == []
    assert products_in("we elovate it", Product("Elovate Page Builder")) == []
    assert products_in("Ihr Terminkalender ist da", Product("Terminkalender Formular"), language="de") == []
    assert products_in("Wir haben Kassandra ersetzt", Product("Kassandra Warenkorb"), language="de") == [
        ("product", "Kassandra")
    ]


@pytest.mark.parametrize("said", ["Müßig & Söhne", "Müßig und Söhne", "Muessig + Soehne", "MUSSIG UND SOHNE"])
def test_a_vendor_is_found_with_or_without_umlauts(said: str) -> None:
    assert products_in(f"Wir haben {said} geschrieben.", language="de") == [("vendor", said)]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("TidyWorks' form", ("vendor", "TidyWorks")),
        ("see tidyworks.example", ("domain", "tidyworks.example")),
        ("see https://docs.tidyworks.example/kb", ("domain", "tidyworks.example")),
        ("write to a@tidyworks.example", ("domain", "tidyworks.example")),
        ("in uploads/tidyforms-cache", ("product", "tidyforms")),
        ("die TidyFormsversion", ("product", "TidyFormsversion")),
        ("wegen des Tidy-Formses", ("product", "Tidy-Formses")),
    ],
)
def test_a_vendor_is_found_in_addresses_paths_and_longer_words(text: str, hit: tuple[str, str]) -> None:
    assert hit in products_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "We tidy up what is left, and test the forms.",
        "All is neat and tidy. Forms on other pages are fine.",
        "We keep the forms tidy.",
        "Customers turn a cartload of wheels.",
    ],
)
def test_words_of_a_name_are_not_the_name(text: str) -> None:
    assert products_in(text) == []


def test_a_name_of_everyday_words_counts_where_it_is_written_as_a_name() -> None:
    bookings = Product("Bookings", "bookings", "Harbour Software", "harbour.example")
    assert products_in("Bookings from lunchtime are in your list, the harbour tour too.", bookings) == []
    assert products_in("We have set the Bookings plugin back.", bookings) == [("product", "Bookings")]
    assert products_in("We wrote to the company Harbour.", bookings) == [("vendor", "Harbour")]
    contact = Product("Contact Form", "contact-form")
    assert products_in("The contact form sends again.", contact) == []
    assert products_in("The part called Contact Form sends again.", contact) == [("product", "Contact Form")]


def test_products_outside_of_the_incident_count_as_they_are_written_only() -> None:
    far = Product("Redirection Manager", "redirection-manager", near=False)
    assert products_in("The redirection manager is fine.", far) == []
    assert products_in("Redirection Manager is fine.", far) == [("product", "Redirection Manager")]
    assert products_in("Set redirection-manager back.", far) == [("product", "redirection-manager")]
    assert products_in("The redirections work.", Product("Redirection", "redirection", near=False)) == []


def test_what_is_ours_is_no_finding() -> None:
    hire = Product("Plugin Hybrid", "plugin-hybrid")
    assert products_in("Dear Plug-in Hybrid Hire team", hire, ours=("Plug-in Hybrid Hire",)) == []
    assert products_in("Dear Plug-in Hybrid team", hire, ours=("Plug-in Hybrid Hire",)) == [
        ("product", "Plug-in Hybrid")
    ]


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("It is the same at Bolt Cycles.", ("name", "Bolt Cycles")),
        ("It is the same at bolt cycles.", ("name", "bolt cycles")),
        ("BoltCycles has it, too.", ("name", "BoltCycles")),
        ("It is the same at Bell and Son's.", ("name", "Bell and Son's")),
        ("The Old Mill has it, too.", ("name", "Old Mill")),
        ("The shop of Moment has it, too.", ("name", "Moment")),
        ("Corvid has it, too.", ("name", "Corvid")),
        ("See www.bolt-cycles.example/shop.", ("domain", "bolt-cycles.example")),
        ("The note on stbrannocs was not for you.", ("name", "stbrannocs")),
        ("Tom Reed told us.", ("contact", "Tom Reed")),
        ("Write to tom@post.example.", ("contact", "tom@post.example")),
    ],
)
def test_another_client_is_found(text: str, hit: tuple[str, str]) -> None:
    assert hit in clients_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "It took us a moment.",
        "Moment by moment it gets better.",
        "The mill workshop and the hotel page are back.",
        "The bell rings, the sons come.",
        "Hello Maria, hello Tom,",
        "A bolt is loose.",
    ],
)
def test_everyday_words_and_first_names_are_nobody(text: str) -> None:
    assert clients_in(text) == []


def test_german_nouns_have_capitals_anyway() -> None:
    assert clients_in("Im Moment sehen wir nach.", language="de") == []
    assert clients_in("Bei Moment ist es genauso.", language="de") == [("name", "Moment")]
    assert clients_in("In der Praxis Oeztuerk auch.", language="de") == [("name", "Oeztuerk")]


def test_this_clients_own_names_are_found_as_ours() -> None:
    folded = fold("Dear Bolt Cycles, see bolt-cycles.example, and will you look?")
    spans = find_ours(folded, ("Bolt Cycles", "https://www.bolt-cycles.example/", "Will"), wording("en"))
    assert {folded.said(*span) for span in spans} == {"Bolt Cycles", "bolt-cycles", "bolt-cycles.example"}
    assert clients_in("Dear Bolt Cycles,", ours=("Bolt Cycles",)) == []
