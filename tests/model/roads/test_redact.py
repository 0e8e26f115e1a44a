"""Redaction: what is put in the place of private words, and that the checks then find nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError
from plugwatch.model.roads.checks import PrivateWords, Rules, check_draft
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.redact import apply, propose, redact
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Agency, Brief, ComponentFacts, Draft, DraftFile, Environment, PatchFacts

PRIVATE = PrivateWords(
    names=("Acme Shop GmbH", "Acme Bikes", "Bolt", "Café Müller"),
    slugs=("acme-shop", "will"),
    addresses=("https://www.acme.example/en/", "bolt-bikes.example"),
    contacts=("Shop desk <desk@acme-mail.example>", "Anna Kowalska"),
)
BRIEF = Brief(
    component=ComponentFacts("plugin", "tidy-forms", "Tidy Forms", "https://vendor.example/", "help@vendor.example"),
    environment=Environment("5.9.4", "5.9.4", "5.9.3", "6.9.1", "8.2", ""),
    agency=Agency("Example Agency", "dev@agency.example", "https://agency.example", "The team"),
    title="Nonce is rejected",
    why="w",
    steps=("s",),
    expected="e",
    actual="a",
    workaround="",
    tested="",
    patch=PatchFacts("pw-k3q7x2m9ab", "t", None, ("a.php",), 1, 1, "", "@@ -1 +1 @@\n-as you will see\n+b"),
)
every_road = pytest.mark.parametrize("road", ROADS.values(), ids=list(ROADS))


def rules_for(road: str, **brief: object) -> Rules:
    return Rules(ROADS[road], replace(BRIEF, **brief), PRIVATE)


def redacted(body: str, road: str = "email", title: str = "t", **brief: object) -> str:
    rules = rules_for(road, **brief)
    draft = Draft(road, title, body)
    return apply(draft, propose(draft, rules)).body


def privacy(draft: Draft, rules: Rules) -> str | None:
    return next((one.detail for one in check_draft(draft, rules) if one.check == "privacy" and not one.ok), None)


@pytest.mark.parametrize(
    ("text", "put"),
    [
        ("seen at Acme Shop GmbH today", "seen at a client today"),
        ("for Bolt.", "for a client."),
        ("CAFE\u0301 MÜLLER closed", "a client closed"),
        ("open https://www.acme.example/en/cart", "open https://example.com/cart"),
        ("open http://acme.example/x", "open http://example.com/x"),
        ("on bolt&#8209;bikes.example", "on example.com"),
        ("mail desk@&#8203;acme-mail&#46;example now", "mail name@example.com now"),
        ("ask anna kowalska", "ask a client"),
        ("as Will said", "as client said"),
        ("write to someone@else.example", "write to name@example.com"),
        ("at 10.1.2.3:8080 or 2a01:4f8::1", "at 192.0.2.1:8080 or 2001:db8::1"),
        ("in /home/acme1/public_html/x.php:3", "in /path/to/site"),
        ("define( 'AUTH_KEY', 'k{#aQ2!x' );", "define( '((removed))' );"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ", "((removed))"),
        ("license key: TF-2026-9911", "((removed))"),
        ("our INC-42 and pw-k3q7x2m9ab", "our ((removed)) and ((removed))"),
        ("nothing of a client's", "nothing of a client's"),
    ],
)
def test_what_is_private_gets_a_stand_in(text: str, put: str) -> None:
    assert redacted(text) == put


def test_each_replacement_says_where_it_is_and_what_it_does() -> None:
    draft = Draft("email", "Broken at Bolt", "fine\nask Anna\nKowalska at 10.1.2.3")
    assert [str(one) for one in propose(draft, rules_for("email"))] == [
        "the title: 'Bolt' becomes 'a client'",
        "the body, line 2: 'Anna Kowalska' becomes 'a client'",
        "the body, line 3: '10.1.2.3' becomes '192.0.2.1'",
    ]


def test_the_forum_gets_no_address_at_all() -> None:
    assert redacted("write to someone@else.example", "forum") == "write to ((removed))"


def test_tracs_mark_goes_with_the_word_that_it_kept_from_being_a_link() -> None:
    words = MARKUPS["trac"].inline("AcmeBikes is open")
    assert words == "!AcmeBikes is open"
    assert redacted(words, "trac") == "a client is open"


def test_a_login_in_an_answer_that_everybody_reads() -> None:
    answer = "user: jo, password: hunter2x"
    assert redacted(answer, "github-issue", kind="reply") == "((removed)), ((removed))"
    assert redacted("password: hunter", "email", kind="reply") == "password: hunter"


def test_what_the_patch_quotes_of_the_vendor_stays() -> None:
    assert (
        redacted("@@ -1 +1 @@\n-as you will see\n+b\nas you will") == "@@ -1 +1 @@\n-as you will see\n+b\nas you client"
    )


def test_a_patch_is_never_changed_and_the_check_says_how_to_mend_it() -> None:
    file = DraftFile("tidy-forms.diff", b"@@ -1 +1 @@\n-a\n+for Acme Shop GmbH\n", "text/x-diff")
    draft, rules = Draft("trac", "t", "at Acme Shop GmbH", (file,)), rules_for("trac")
    text = apply(draft, propose(draft, rules))
    assert text.body == "at a client"
    detail = privacy(replace(draft, body=text.body), rules)
    assert detail is not None
    assert "client name 'acme shop gmbh' in tidy-forms.diff, line 3" in detail
    assert "'plugwatch patch drop' it, and 'plugwatch patch capture' it again" in detail


def test_replacements_of_another_text_are_refused() -> None:
    draft, rules = Draft("email", "t", "x for Bolt"), rules_for("email")
    with pytest.raises(InputError, match="the body has changed since 'Bolt' was found"):
        apply(replace(draft, body="for Bolt"), propose(draft, rules))


SECRETS = st.sampled_from(
    [
        "Acme Shop GmbH",
        "acme_shop-gmbh",
        "BOLT",
        "café müller",
        "https://acme.example/en/cart?x=1",
        "www.acme.example",
        "desk@acme-mail.example",
        "a.b@bolt-bikes.example",
        "Anna Kowalska",
        "will",
        "10.1.2.3",
        "2a01:4f8::1",
        "/var/www/bolt/x.php",
        "sk_live_51Habcdefgh",
        "password: a1b2c3d4e5",
        "INC-7",
        "ABCD-1234-EFGH-5678",
    ]
)
WORDS = st.lists(
    st.one_of(SECRETS, st.text(max_size=6), st.sampled_from(["\n", " ", "`", "*", "&", "\\", "!"])), max_size=9
)


def written(road: str, words: list[str], gap: str, kind: str) -> tuple[Draft, Rules]:
    markup = MARKUPS[ROADS[road].markup]
    body = f"{markup.inline(gap.join(words))}\n\n{markup.paragraphs(gap.join(words))}\n"
    return Draft(road, markup.title(gap.join(words)), body), rules_for(road, kind=kind)


@every_road
@given(words=WORDS, gap=st.sampled_from([" ", ", ", "\n"]), kind=st.sampled_from(["bug", "reply"]))
@settings(max_examples=60, deadline=None)
def test_after_redaction_the_check_finds_nothing(road, words: list[str], gap: str, kind: str) -> None:
    draft, rules = written(road.name, words, gap, kind)
    text = apply(draft, propose(draft, rules))
    draft = replace(draft, title=text.title, body=text.body)
    assert propose(draft, rules) == ()
    assert privacy(draft, rules) is None


@given(words=WORDS, road=st.sampled_from(list(ROADS)))
@settings(max_examples=150, deadline=None)
def test_what_runs_into_each_other_is_taken_out_step_by_step(words: list[str], road: str) -> None:
    draft, rules = written(road, words, "", "bug")
    text, made = redact(draft, rules)
    assert privacy(replace(draft, title=text.title, body=text.body), rules) is None
    assert bool(made) == (privacy(draft, rules) is not None)
