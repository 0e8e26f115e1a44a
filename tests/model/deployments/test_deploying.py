from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import (
    Copy,
    Look,
    ObstacleError,
    Visit,
    check_known,
    check_look,
    check_space,
    digest,
    recognise,
    strange_files,
    worse,
)

FORMS = Component("plugin", "tidy-forms")
STOCK = Copy("stock", "1.0", "1.0", {"tidy-forms.php": "a", "readme.txt": "b"})
OURS = Copy("build", "1.0.0.0-p1", "1.0", {"tidy-forms.php": "c", "readme.txt": "b", "plugwatch-manifest.json": "d"})


def look(files, *, single=False, **changed):
    facts = {
        "there": True,
        "version": "1.0",
        "active": (),
        "size": 10,
        "free": None,
        "writable": True,
        "composer": None,
        "home": "https://shop.example/",
    }
    return Look(single=single, name="tidy-forms", files=files, **{**facts, **changed})


ANSWERS = st.builds(
    Visit,
    st.one_of(st.none(), st.integers(200, 599)),
    st.booleans(),
    st.sampled_from([None, True, False]),
    st.sampled_from([None, True, False]),
)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Visit(200), Visit(200), None),
        (Visit(200), Visit(204), None),
        (Visit(200), Visit(500), "gave status 200 before and gives status 500 now"),
        (Visit(200), Visit(200, broken=True), "gives a critical error (200) now"),
        (Visit(200, whole=True), Visit(200, whole=False), "breaks off"),
        (Visit(200, whole=False), Visit(200, whole=False), None),
        (Visit(200), Visit(404), "gives status 404 now"),
        (Visit(401), Visit(403), None),
        (Visit(200), Visit(None), "does not answer now"),
        (Visit(500), Visit(500), None),
        (Visit(500), Visit(200), None),
        (Visit(404), Visit(503), "gives status 503 now"),
        (Visit(None), Visit(None), None),
        (Visit(None), Visit(200), None),
        (Visit(None), Visit(500), "gives status 500"),
        (Visit(None, starts=True), Visit(None, starts=False), "does not start"),
        (Visit(None, starts=False), Visit(None, starts=False), None),
    ],
)
def test_when_a_site_is_worse_off(before, after, words):
    said = worse(before, after)

    assert (said is None) == (words is None)
    assert words is None or words in said


@given(ANSWERS)
def test_a_site_as_it_was_is_never_worse_off(seen):
    assert worse(seen, seen) is None


@given(ANSWERS, ANSWERS)
def test_a_site_that_worked_and_fails_is_always_worse_off(before, after):
    if before.works and not after.works:
        assert worse(before, after)


def test_a_digest_is_of_all_paths_in_their_byte_order():
    expected = hashlib.sha256(b"B\x002\na\x001\n\xc3\xa4\x003\n").hexdigest()

    assert digest({"ä": "3", "a": "1", "B": "2"}) == expected


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), st.text("0123456789abcdef", min_size=1, max_size=4), min_size=1)
)
def test_any_change_changes_the_digest(files):
    path = next(iter(files))

    assert digest({**files, path: files[path] + "0"}) != digest(files)
    assert digest({name: told for name, told in files.items() if name != path}) != digest(files)


def test_what_is_there_is_known_by_all_of_its_files():
    copies = [OURS, STOCK]

    assert recognise(look(STOCK.files), FORMS, copies) is STOCK
    assert recognise(look(OURS.files, version="1.0"), FORMS, copies) is OURS
    assert recognise(look({**STOCK.files, "more.php": "e"}), FORMS, copies) is None
    assert strange_files(look({**STOCK.files, "more.php": "e"}), FORMS, copies) == ["more.php"]
    assert recognise(look({"tidy-forms.php": "c"}, single=True), FORMS, copies) is OURS


def test_what_is_there_in_strange_files_is_named_so_that_a_terminal_can_show_it():
    with pytest.raises(ObstacleError) as caught:
        check_known(look({**STOCK.files, "\x1b[2J": "e"}, version="\x1b1"), FORMS, [STOCK], "site 'shop'")

    assert "\x1b" not in str(caught.value)
    assert caught.value.overridable


@pytest.mark.parametrize(
    ("changed", "sentence", "code"),
    [
        ({"there": False}, "is not installed there", 3),
        ({"composer": "/srv/composer.json"}, "Composer brings plugin/tidy-forms there", 3),
        ({"writable": False}, "may not write", 1),
    ],
)
def test_where_it_cannot_be_replaced(changed, sentence, code):
    with pytest.raises(ObstacleError, match=sentence) as caught:
        check_look(look(STOCK.files, **changed), FORMS, OURS, "site 'shop'")

    assert (caught.value.exit_code, caught.value.overridable) == (code, False)


def test_a_full_disk_is_seen_before():
    with pytest.raises(ObstacleError, match="1 MiB are free there and 3 MiB are needed"):
        check_space(look(STOCK.files, free=1 << 20), (2 << 20) + 1, "site 'shop'")
    check_space(look(STOCK.files, free=1 << 20), 1 << 20, "site 'shop'")
