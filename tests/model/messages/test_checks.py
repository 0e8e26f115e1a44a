from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.messages.checks import (
    CHECKS,
    PrivateWords,
    Product,
    Rules,
    check_message,
    find_in_message,
)
from plugwatch.model.messages.message import ClientBrief
from plugwatch.model.messages.wording import Wording, say_by, wording_from_text
from plugwatch.model.roads.submission import Agency

TEMPLATES = Path(__file__).parents[3] / "templates" / "client"
WORDINGS = {
    language: wording_from_text((TEMPLATES / language / "words.txt").read_text("utf-8"), f"{language}/words.txt")
    for language in ("en", "de")
}
ZONES = {"en": ZoneInfo("Europe/London"), "de": ZoneInfo("Europe/Berlin")}
AGENCY = Agency("Kleinwerk", "hello@kleinwerk.example", "https://kleinwerk.example", "Kleinwerk")
ENDS = {"en": "You will hear from us again by 10:15 today.", "de": "Sie hören heute bis 10:15 Uhr wieder von uns."}


def rules(language: str = "en", phase: str = "identified", words: str | None = None) -> Rules:
    zone = ZONES[language]
    brief = ClientBrief(
        language=language,
        tone="formal",
        phase=phase,
        client="Marlowe Tea",
        names=("Maria",),
        knows=True,
        first=True,
        thanks="phone",
        words=words,
        sites=(),
        effect=None,
        done=None,
        plan=None,
        care=None,
        next=None,
        missed=None,
        reopened=False,
        resolved_told=False,
        watched=True,
        question=None,
        ticket=None,
        agency=AGENCY,
        sender="Ana",
    )
    return Rules(
        brief=brief,
        now=datetime(2026, 11, 23, 9, 14, tzinfo=zone),
        next_due=None if phase in ("resolved", "closed") else datetime(2026, 11, 23, 10, 15, tzinfo=zone),
        zone=zone,
        names_vendor=False,
        ours=("Kleinwerk", "hello@kleinwerk.example", "Marlowe Tea", "marlowe-tea.example", "Maria", "Ana", "Will"),
        products=(Product("Tidy Forms", "tidy-forms", "TidyWorks", "tidyworks.example"),),
        others=PrivateWords(
            ("Bolt Cycles", "Corvid Books"),
            ("bolt", "corvid"),
            ("bolt-cycles.example",),
            ("Tom Reed <tom@post.example>",),
        ),
    )


def found(text: str, held: Rules, wording: Wording | None = None) -> dict[str, str]:
    """The rules that a text breaks, with the words of each."""
    wording = wording or WORDINGS[held.brief.language]
    return {finding.rule: finding.words for finding in find_in_message("Your website", text, held, wording)}


def said(sentence: str, language: str = "en", words: str | None = None) -> dict[str, str]:
    greeting = {"en": "Hello Maria,\n", "de": "Guten Tag Frau Marlowe,\n"}[language]
    return found(f"{greeting}{sentence} {ENDS[language]}\nAna", rules(language, words=words))


def test_every_check_has_its_outcome_in_a_fixed_order() -> None:
    checks = check_message("Your website", f"Hello,\nwe are on it. {ENDS['en']}\nAna", rules(), WORDINGS["en"])
    assert [check.check for check in checks] == list(CHECKS)
    assert [check.check for check in checks if not check.ok] == []


def test_an_outcome_names_the_rule_the_words_the_line_and_what_to_do() -> None:
    body = f"Hello,\nwe look at Tidy Forms.\n{ENDS['en']}\nAna"
    outcome = {check.check: check for check in check_message("TidyForms", body, rules(), WORDINGS["en"])}["vendor"]
    assert not outcome.ok
    assert outcome.detail == (
        "vendor.product 'TidyForms' in the subject; vendor.product 'Tidy Forms' in line 2: "
        "say what it does for them, not what it is called"
    )


def test_without_a_list_of_words_nothing_goes_out_and_the_file_to_write_is_named() -> None:
    checks = check_message("Votre site", "Bonjour,\n[à remplir]", replace_language(rules(), "fr"), None)
    blocked = {check.check: check.detail for check in checks if not check.ok}
    assert list(blocked) == ["blanks", "next-update", "promise", "blame", "vendor"]
    assert "templates/client/fr/words.txt" in blocked["blame"]


def replace_language(held: Rules, language: str) -> Rules:
    return replace(held, brief=replace(held.brief, language=language))


def test_a_language_of_another_country_is_the_same_language() -> None:
    text = f"Guten Tag,\nwir sind dran. {ENDS['de']}\nAna"
    assert found(text, replace_language(rules("de"), "de-AT"), WORDINGS["de"]) == {}
    assert list(found(text, replace_language(rules("de"), "fr"), WORDINGS["de"])) == ["language.other"]


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("It is the plugin's fault.", "blame.third-party-fault"),
        ("The last update broke the form.", "blame.third-party-fault"),
        ("The people who wrote it were careless.", "blame.careless"),
        ("As so often after an update, the form is silent.", "blame.indirect"),
        ("It was not our fault.", "blame.indirect"),
        ("We are not responsible for this.", "blame.indirect"),
        ("Their programmers have excelled themselves.", "blame.third-party-fault"),
        ("The makers apparently decided that nobody needs forms.", "blame.indirect"),
        ("It happened because you changed the form.", "blame.client-fault"),
        ("Please contact the vendor.", "blame.send-away"),
        ("Please write to their support.", "blame.send-away"),
        ("There is a new version of the form software. It broke the sending.", "blame.third-party-fault"),
    ],
)
def test_blame_is_found(sentence: str, rule: str) -> None:
    assert rule in said(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The fault is ours.",
        "It is not your fault, and you did nothing wrong.",
        "We should have tested the update before it went in.",
        "We are to blame for the delay, and we are sorry.",
        "It was our own update that broke the menu.",
        "The bug is found, and the broken link is mended.",
        "We have passed our repair on to its makers.",
        "You need not contact anybody.",
        "Two of our developers are looking at it.",
        "The article “Careless Days” is back.",
        "Your page on bugs and beetles is back.",
    ],
)
def test_what_is_no_blame_passes(sentence: str) -> None:
    assert said(sentence) == {}


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("Das Plugin ist schuld.", "blame.third-party-fault"),
        ("Das hat der Hersteller verursacht.", "blame.third-party-fault"),
        ("Das war schlampig programmiert.", "blame.careless"),
        ("Wir können nichts dafür.", "blame.indirect"),
        ("Hätten Sie vorher gefragt, ginge es noch.", "blame.client-fault"),
        ("Bitte wenden Sie sich an den Hersteller.", "blame.send-away"),
        ("Der Hersteller behebt das bis Freitag.", "promise.third-party"),
        ("Das passiert nie wieder.", "promise.guarantee"),
        ("Wir haben WooCommerce zurückgesetzt.", "vendor.brand"),
    ],
)
def test_german_is_read_by_its_own_words(sentence: str, rule: str) -> None:
    assert rule in said(sentence, "de")


@pytest.mark.parametrize(
    "sentence",
    [
        "Der Fehler liegt bei uns.",
        "An Ihnen liegt es nicht, Sie haben nichts falsch gemacht.",
        "Wir hatten das Update nicht lange genug ausprobiert, das war unser Fehler.",
        "Den Machern haben wir unsere Reparatur mit einem Dank geschickt.",
        "Versprechen können wir das noch nicht.",
        "Ein kurzes Update: Die Ursache ist gefunden.",
    ],
)
def test_german_that_is_no_blame_passes(sentence: str) -> None:
    assert said(sentence, "de") == {}


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("The vendor will fix it by Friday.", "promise.third-party"),
        ("A lasting repair has been announced for early next month.", "promise.third-party"),
        ("The new version comes next week.", "promise.own-date"),
        ("It will be fixed by tomorrow.", "promise.own-date"),
        ("We are on it, and the form will be back up by lunchtime.", "promise.own-date"),
        ("We guarantee that it stays up.", "promise.guarantee"),
        ("From now on it is 100% safe.", "promise.guarantee"),
    ],
)
def test_a_promise_that_is_not_ours_is_found(sentence: str, rule: str) -> None:
    assert rule in said(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Tonight between 22:00 and 23:00 we put the repair into its final place.",
        "Good luck with the sale on Friday.",
        "Rooms from 12 to 15 August can be booked again.",
        "We cannot promise that it stays up.",
        "Your 2-year guarantee text is back.",
    ],
)
def test_dates_of_ours_and_of_the_clients_pass(sentence: str) -> None:
    assert said(sentence) == {}


@pytest.mark.parametrize(
    ("sentence", "rule"),
    [
        ("We are on it.", "next-update.missing"),
        ("You will hear from us soon.", "next-update.vague"),
        ("You will hear from us by 11:00.", "next-update.other-time"),
        ("You will hear from us by 08:30.", "next-update.past"),
        ("You will hear from us by 10:15 if we can.", "next-update.unsure"),
        ("Please call us by 10:15.", "next-update.missing"),
        ("The vendor will write to you by 10:15.", "next-update.missing"),
        ("Your shop is open until 10:15.", "next-update.missing"),
        ("You will hear from us by 10:15 tomorrow.", "next-update.other-time"),
        ("You will hear from us on Tuesday, 23 November, by 10:15.", "next-update.other-time"),
    ],
)
def test_the_time_of_our_next_word_has_to_stand_there(sentence: str, rule: str) -> None:
    broken = found(f"Hello Maria,\n{sentence}\nAna", rules())
    assert [name for name in broken if name.startswith("next-update")] == [rule]


@pytest.mark.parametrize(
    "sentence",
    [
        "You'll hear from me by quarter past ten.",
        "Expect a call from me at 10.15 a.m.",
        "Next news by 10:15.",
        "Today, Monday, 23 November, we write again by 10:15am.",
        "In an hour you hear from us.",
        "We will get in touch by 10:15.",
        "Nobody sat idle: we write again at 10:15.",
        "You will hear from us by 10:15, sooner if we can.",
        "We said that you would hear from us by 09:00. You will hear from us by 10:15.",
    ],
)
def test_the_same_moment_may_be_said_otherwise(sentence: str) -> None:
    assert found(f"Hello Maria,\n{sentence}\nAna", rules()) == {}


@pytest.mark.parametrize(
    ("sentence", "broken"),
    [
        ("So oder so schreiben wir Ihnen bis 10:15 Uhr.", []),
        ("Wir melden uns am Mo um 10:15 Uhr.", []),
        ("Wir melden uns am Di um 10:15 Uhr.", ["next-update.other-time"]),
        ("Wir melden uns Di., 10:15 Uhr.", ["next-update.other-time"]),
    ],
)
def test_the_short_name_of_a_day_may_be_a_word(sentence: str, broken: list[str]) -> None:
    assert list(found(f"Guten Tag,\n{sentence}\nAna", rules("de"))) == broken


def test_a_due_time_that_has_passed_is_never_a_next_word() -> None:
    held = replace(rules(), next_due=rules().now - timedelta(minutes=5))
    text = f"Hello,\nyou will hear from us {say_by(WORDINGS['en'], held.next_due or held.now, held.now)}.\nAna"
    assert list(found(text, held)) == ["next-update.past"]
    assert list(found(text, replace(rules(), next_due=None))) == ["next-update.missing"]


def test_the_last_message_needs_no_time() -> None:
    assert found("Hello Maria,\nit is fixed.\nAna", rules(phase="resolved")) == {}


@settings(max_examples=60, deadline=None)
@given(
    language=st.sampled_from(["en", "de"]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),  # noqa: DTZ001 - on the client's clock
    wait=st.integers(min_value=1, max_value=400 * 12),
)
def test_what_we_write_as_the_next_time_is_found_again(language: str, now: datetime, wait: int) -> None:
    zone, wording = ZONES[language], WORDINGS[language]
    start = now.replace(second=0, microsecond=0, tzinfo=zone)
    due = (now + timedelta(minutes=5 * wait)).replace(second=0, microsecond=0, tzinfo=zone)
    held = replace(rules(language), now=start, next_due=due)
    text = {"en": "You will hear from us again {}.", "de": "Sie hören {} wieder von uns."}[language]
    assert found(text.format(say_by(wording, due, start)), held) == {}
    later = due + timedelta(minutes=5)
    other = found(text.format(say_by(wording, later, start)), held)
    assert [name for name in other if name.startswith("next-update")] == ["next-update.other-time"]


def test_the_clients_own_words_are_held_against_nobody() -> None:
    words = "the form is dead, it's the plugin's fault [I think], says TidyWorks"
    assert said(f"You told us: “{words}”.", words=words) == {}
    folded = words.replace("dead, it's", "dead,\nit’s")
    assert said(f"You told us: “{folded}.”", words=words) == {}
    assert said(f"You told us: “{words}”.") != {}
    assert said(f"You told us that {words}.", words=words) != {}


def test_a_long_speech_may_be_cut() -> None:
    words = "the plugin is at fault " * 10
    assert said(f"You told us: “{words[:120]}…”", words=words) == {}


def test_another_client_is_named_in_no_quotation_either() -> None:
    words = "is it the same at Bolt Cycles?"
    assert list(said(f"You asked: “{words}”", words=words)) == ["other-client.name"]


@pytest.mark.parametrize(
    "text",
    [
        "(( fill in: what does not work ))",
        "since [time]",
        "since {{ time }}",
        "for {client}",
        "Dear <name>",
        "since ____",
        "%CLIENT_NAME% has it",
        "$CLIENT_NAME has it",
        "TODO",
        "number: tbd",
        "on XX pages",
        "since xx.xx.",
        "since hh:mm",
        "this affects … We are on it",
        "since ... o'clock",
        "lorem ipsum",
        "the cause: ???",
    ],
)
def test_a_blank_is_found(text: str) -> None:
    assert [name for name in said(f"{text}.") if name.startswith("blanks")]


@pytest.mark.parametrize(
    "text",
    [
        "See <https://marlowe-tea.example/fleet>.",
        "The headline [sic] is back.",
        "Your request has the number [Ticket 4711].",
        "Well … not the morning you wanted.",
        "We are on it... and it helps.",
        "Sizes XL, XXL and XXXL are back.",
    ],
)
def test_what_only_looks_like_a_blank_passes(text: str) -> None:
    assert said(text) == {}


def test_a_greeting_without_a_name_is_fine_and_one_with_a_hole_is_not() -> None:
    assert found(f"Hello,\n{ENDS['en']}", rules()) == {}
    assert list(found(f"Hello ,\n{ENDS['en']}", rules())) == ["blanks.name"]


def test_a_client_who_may_read_the_vendors_name_reads_it_but_no_blame() -> None:
    held = replace(rules(), names_vendor=True)
    text = "Hello,\n{} " + ENDS["en"]
    assert found(text.format("Tidy Forms sends again with our repair."), held) == {}
    assert list(found(text.format("TidyWorks is to blame."), held)) == ["blame.indirect", "blame.third-party-fault"]


def test_a_path_to_a_plugin_names_it_whatever_it_is() -> None:
    assert "vendor.path" in said("See wp-content/plugins/other-thing/send.php.")


def test_keys_and_server_paths_stay_here_and_own_addresses_may_stand() -> None:
    assert list(said("The password: hunter2hunter2.")) == ["secrets.trace"]
    assert list(said("It lies in /home/marlowe/public_html/x.")) == ["secrets.trace"]
    assert said("Write to hello@kleinwerk.example or to info@marlowe-tea.example.") == {}


def test_a_finding_of_a_secret_has_its_line() -> None:
    text = f"Hello,\n\nit is at 10.9.8.7.\n{ENDS['en']}"
    (finding,) = find_in_message("Your website", text, rules(), WORDINGS["en"])
    assert (finding.check, finding.line) == ("secrets", 3)


@pytest.mark.parametrize(
    ("subject", "body", "rule"),
    [
        ("", "x", "mail.subject"),
        ("a\nBcc: all@post.example", "x", "mail.subject"),
        ("a" * 201, "x", "mail.subject"),
        ("a", " ", "mail.body"),
        ("a", "x" * 20_001, "mail.body"),
        ("a", "x " * 600, "mail.line"),
        ("a", "x\x1b[31m", "mail.line"),
        ("a\u2028b", "x", "mail.subject"),
    ],
)
def test_a_mail_has_to_be_one(subject: str, body: str, rule: str) -> None:
    held = rules(phase="resolved")
    assert rule in {finding.rule for finding in find_in_message(subject, body, held, WORDINGS["en"])}


@settings(max_examples=60, deadline=None)
@given(subject=st.text(max_size=40), body=st.text(max_size=300), words=st.text(max_size=60))
def test_any_text_has_an_outcome(subject: str, body: str, words: str) -> None:
    for language in ("en", "de"):
        checks = check_message(subject, body, rules(language, words=words), WORDINGS[language])
        assert [check.check for check in checks] == list(CHECKS)


def read_sentences(language: str) -> dict[str, list[str]]:
    path = Path(__file__).with_name("sentences.toml")
    sentences: dict[str, list[str]] = tomli.loads(path.read_text("utf-8"))[language]
    return sentences


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_that_anybody_may_write_pass(language: str) -> None:
    broken = {sentence: said(sentence, language) for sentence in read_sentences(language)["good"]}
    assert {sentence: names for sentence, names in broken.items() if names} == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_that_nobody_may_write_are_caught_by_their_check(language: str) -> None:
    missed = []
    for check, sentences in read_sentences(language).items():
        for sentence in sentences if check != "good" else ():
            broken = (
                found(f"Hello,\n{sentence}\nAna", rules(language))
                if check == "next-update"
                else said(sentence, language)
            )
            if check not in {rule.partition(".")[0] for rule in broken}:
                missed.append(f"{check}: {sentence}")
    assert missed == []


def read_filled_in() -> list[dict[str, str]]:
    path = Path(__file__).with_name("templates.toml")
    messages: list[dict[str, str]] = tomli.loads(path.read_text("utf-8"))["message"]
    return messages


@pytest.mark.parametrize("message", read_filled_in(), ids=lambda m: f"{m['language']}-{m['phase']}")
def test_what_the_templates_say_passes(message: dict[str, str]) -> None:
    held = rules(message["language"], message["phase"], words="nothing comes in, is it the plugin?")
    assert found(message["text"], held) == {}
