from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.messages.text import compile_phrases, find_quotations, find_sentences, fold


def sentences(text: str) -> list[str]:
    folded = fold(text)
    found = find_sentences(folded, ("dr", "e.g"), ("november", "dezember"))
    return [folded.said(part.start, part.end) for part in found]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe, GRÖSSE", "groesse, groesse"),
        ("Gro\u0308ße", "groesse"),
        ("na\u00efve caf\u00e9", "naive cafe"),
        ("Car\u200bt\u00adWheel", "cartwheel"),
        ("Br\u0456ghtw\u0456\u0441k", "brightwick"),
        ("\uff34\uff29\uff24\uff39", "tidy"),
        ("don\u2019t \u2013 \u201eso\u201c \u2026", 'don\'t - "so" ...'),
    ],
)
def test_what_reads_the_same_folds_to_the_same(text: str, folded: str) -> None:
    assert fold(text).text == folded


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_each_folded_letter_knows_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= place < len(text) for place in folded.places)


def test_a_finding_repeats_the_original_words_and_their_line() -> None:
    folded = fold("Hello,\nthe Größe\nof it")
    start = folded.text.index("groesse")
    assert folded.said(start, start + len("groesse of it")) == "Größe of it"
    assert folded.line(start) == 2


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It works. We watch it.", 2),
        ("We saw Dr. Winter. He rang.", 2),
        ("By 9.30 a.m. on Monday. Then we ring.", 2),
        ("Am 30. November um 9.30 Uhr. Danke.", 2),
        ("Um 14 Uhr. Danke.", 2),
        ("Der Kontakt e. V. hatte es. Danke.", 2),
        ("It runs on yesterday's. We write again.", 2),
        ("It is J. Smith. We write again.", 2),
        ("Well … not so. Here we go... Again", 3),
        ("Hello Maria,\nit works", 2),
        ("* it works\n* we watch\nYou hear from us", 3),
        ("one\nsentence over\nthree lines", 1),
        ("a title\n\nand a text", 2),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_no_part_of_a_text_is_lost_between_sentences() -> None:
    text = "Hello,\n\n* one\n* two\nThree. Four! Five? " + "word " * 900
    assert "".join(sentences(text)).replace(" ", "") == "".join(text.split())


def test_quotations_of_all_kinds_are_found() -> None:
    text = '„eins“ “two” "three" «quatre» „fünf”'
    assert [words for _, _, words in find_quotations(text)] == ["eins", "two", "three", "quatre", "fünf"]
    assert [text[start:end] for start, end, _ in find_quotations(text)] == ["eins", "two", "three", "quatre", "fünf"]


@pytest.mark.parametrize(
    ("entry", "fits", "fits_not"),
    [
        ("bug", "a bug!", "a debugger"),
        ("broke*", "it is Broken", "unbroken"),
        ("*modul", "das Zahlungsmodul", "Modulation"),
        ("plug-in", "the plugin, the Plug In", "plugged in"),
        ("hear … from us", "you hear by noon from us", "hear me, not the neighbours, nor anybody, from us"),
        ("as so? often", "as often, as so often", "as very often"),
        ("maker|makers of it", "the makers of it", "the maker it"),
        ("don't", "I don’t", "dont"),
        ("100 %", "it is 100% so", "100 per"),
        ("schön", "schoen und schön", "schon"),
    ],
)
def test_an_entry_fits_what_it_says(entry: str, fits: str, fits_not: str) -> None:
    pattern = compile_phrases((entry,))
    assert pattern.search(fold(fits).text)
    assert not pattern.search(fold(fits_not).text)


def test_a_list_without_entries_fits_nothing() -> None:
    assert not compile_phrases(()).search("anything")


def test_blanked_out_parts_are_read_no_more_and_places_stay() -> None:
    folded = fold("say “Größe” here")
    start = folded.text.index("groesse")
    without = folded.without([(start, start + 7)])
    assert not re.search("groesse", without.text)
    assert without.text.index("here") == folded.text.index("here")
