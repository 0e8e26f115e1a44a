"""How long posts are; the numbers for X were compared with twitter-text 3.1.0, those of graphemes with ICU."""

from __future__ import annotations

import pytest

from plugwatch.errors import NotFoundError
from plugwatch.model.roads.road import NETWORKS
from plugwatch.model.roads.social import check_length, fits, length

LONG = "https://github.com/tidyworks/tidy-forms/pull/12?notification_referrer_id=1#discussion_r1"
FAMILY = "👨‍👩‍👧"


@pytest.mark.parametrize("network", NETWORKS)
def test_plain_letters_count_one_each_and_white_space_around_them_nothing(network: str) -> None:
    assert length(network, "\n This is a test. \n") == 15
    assert length(network, "") == 0
    assert fits(network, "x" * NETWORKS[network])
    assert not fits(network, "x" * (NETWORKS[network] + 1))


@pytest.mark.parametrize(
    ("text", "mastodon", "bluesky", "x"),
    [
        (LONG, 23, len(LONG), 23),
        ("http://a.de", 23, 11, 23),
        (f"see {LONG}.", 28, len(LONG) + 5, 28),
        (f"({LONG}), ok", 29, len(LONG) + 6, 29),
        ("https://en.wikipedia.org/wiki/A_(b) x", 25, 37, 25),
        ("example.com/path", 16, 16, 23),
        ("www.example.com", 15, 15, 23),
        ("readme.txt style.css 1.2.3 e.g. this", 36, 36, 36),
        ("in README.md", 12, 12, 26),  # .md is a country, and X makes an address of it
        ("dev@example.com", 15, 15, 15),
        ("https://", 8, 8, 8),
        ("thanks @maker@social.example!", 14, 29, 29),
        ("日本語", 3, 3, 6),
        ("e\u0301té", 3, 3, 3),
        ("—“”…", 4, 4, 5),
        ("👍", 1, 1, 2),
        ("👍🏽", 1, 1, 2),
        (FAMILY, 1, 1, 2),
        ("🇩🇪", 1, 1, 2),
        ("1️⃣", 1, 1, 2),
        ("©", 1, 1, 1),
        ("©️", 1, 1, 2),
        ("\U00010000", 1, 1, 2),
        ("line\nline", 9, 9, 9),
    ],
)
def test_each_network_counts_in_its_own_way(text: str, mastodon: int, bluesky: int, x: int) -> None:
    counted = {network: length(network, text) for network in NETWORKS}
    assert counted == {"mastodon": mastodon, "bluesky": bluesky, "x": x}


def test_an_address_behind_an_unknown_top_level_domain_is_never_counted_too_short() -> None:
    long = f"https://vendor.example/{'x' * 60}"
    assert length("x", long) == length("mastodon", long) == len(long)
    assert length("x", "https://vendor.example") == 23


def test_what_is_too_long_is_told_in_the_networks_own_counting() -> None:
    assert check_length("x", "日" * 140) is None
    assert check_length("x", "日" * 141) == "the post has 282 characters as X counts, which takes 280"
    assert check_length("mastodon", f"{'x' * 476} {LONG}") is None
    assert check_length("mastodon", f"{'x' * 477} {LONG}") == (
        "the post has 501 characters as Mastodon counts, which takes 500"
    )
    assert check_length("bluesky", FAMILY * 160) is None
    assert check_length("bluesky", FAMILY * 300) == "the post has 5,400 bytes, Bluesky takes 3,000"
    assert check_length("bluesky", "x" * 301) == "the post has 301 characters as Bluesky counts, which takes 300"


def test_a_network_that_is_not_known_is_told() -> None:
    with pytest.raises(NotFoundError, match="'myspace' is not a network that plugwatch knows; choose one of mastodon"):
        check_length("myspace", "x")


@pytest.mark.parametrize(
    "hostile",
    ["@a" * 20_000, "https://" + "a." * 20_000, "a." * 20_000, "https://a.de/" + "(" * 20_000, "@" + "._" * 9_000],
)
def test_no_text_takes_long_to_count(hostile: str) -> None:
    assert all(length(network, hostile) > 0 for network in NETWORKS)
