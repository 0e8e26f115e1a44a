"""What clients read: the shipped messages word for word and in every combination, and templates of a workspace."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, NotFoundError
from plugwatch.model.client import TONES
from plugwatch.model.messages.message import LAST_PHASES, PHASES, ClientBrief, SiteInBrief
from plugwatch.model.roads.markup import find_blanks
from plugwatch.model.roads.submission import Agency, RenderedText
from plugwatch.render import samples
from plugwatch.render.client_texts import ClientTexts, shorten_words
from plugwatch.render.templates import find_shipped_templates

GOLDEN = Path(__file__).parent / "golden" / "client"
SHIPPED = ClientTexts()
AGENCY = Agency("Fernhill Web", "dev@fernhill.example", "https://fernhill.example", "Fernhill Web")
BRIEF = ClientBrief(
    language="en",
    tone="formal",
    phase="investigating",
    client="Acme",
    names=("Maria Marlowe",),
    knows=True,
    first=True,
    thanks="phone",
    words="form doesn't send since this morning",
    sites=(SiteInBrief("acme.example", "affected"),),
    effect=None,
    done=None,
    plan=None,
    care=None,
    next="by 10:15 today",
    missed=None,
    reopened=False,
    resolved_told=False,
    watched=True,
    question=None,
    ticket=None,
    agency=AGENCY,
    sender="Ana",
)
GERMAN = replace(
    BRIEF, language="de", words="keine Anfragen seit gestern!", next="heute bis 10:15 Uhr", names=("Jo Bolt",)
)
UNNOTICED = {"knows": False, "thanks": "", "words": None}
TWO = tuple(SiteInBrief(name, "affected") for name in ("bolt.example", "shop.bolt.example"))


def write(brief: ClientBrief, **changes: object) -> RenderedText:
    return SHIPPED.render(replace(brief, **changes))  # type: ignore[arg-type]


SAID = {
    "effect": "the contact form is not sending messages.",
    "done": "We have put the form back to how it was yesterday",
    "plan": "We are going through the changes of last night.",
    "care": "Please ask people to ring you until then.",
    "question": "Do your own messages arrive?\nAnd those from a telephone?",
}
BACK = {"first": False, "reopened": True}
LAST = {"first": False, "resolved_told": True, "next": None}
WORD_FOR_WORD = {
    "en-investigating-caller": (BRIEF, {}),
    "en-investigating-came-back": (BRIEF, {**BACK, "resolved_told": True, "effect": "the form is not sending"}),
    "en-identified-stopped-again": (BRIEF, {**BACK, "phase": "identified", "effect": "the form is not sending"}),
    "en-identified-once-more": (BRIEF, {"phase": "identified", "first": False, "repeated": True}),
    "en-monitoring-once-more": (BRIEF, {"phase": "monitoring", "first": False, "repeated": True}),
    "en-identified-unnoticed": (BRIEF, {**UNNOTICED, **SAID, "phase": "identified", "tone": "casual", "sites": TWO}),
    "en-monitoring-late": (BRIEF, {"phase": "monitoring", "first": False, "missed": "by 9:00 today"}),
    "en-resolved": (BRIEF, {"phase": "resolved", "first": False, "next": None}),
    "en-closed": (BRIEF, {**LAST, "phase": "closed"}),
    "de-investigating-mail": (GERMAN, {"thanks": "mail"}),
    "de-identified-casual-late": (
        GERMAN,
        {"phase": "identified", "tone": "casual", "missed": "heute bis 9:00 Uhr", "sites": TWO},
    ),
    "de-monitoring-unnoticed": (
        GERMAN,
        {**UNNOTICED, "phase": "monitoring", "effect": "das Formular verschickt nichts"},
    ),
    "de-resolved-casual-came-back": (GERMAN, {**LAST, "phase": "resolved", "tone": "casual", "reopened": True}),
    "de-identified-stopped-again": (
        GERMAN,
        {**BACK, "phase": "identified", "effect": "das Formular verschickt nichts"},
    ),
    "de-investigating-casual-stopped-again": (GERMAN, {**BACK, "tone": "casual"}),
    "de-identified-casual-once-more": (
        GERMAN,
        {"phase": "identified", "tone": "casual", "first": False, "repeated": True},
    ),
    "de-monitoring-once-more": (GERMAN, {"phase": "monitoring", "first": False, "repeated": True}),
    "de-closed": (GERMAN, {**LAST, "phase": "closed"}),
}


@pytest.mark.parametrize(("name", "brief", "changes"), [(name, *row) for name, row in WORD_FOR_WORD.items()])
def test_the_shipped_messages_word_for_word(name: str, brief: ClientBrief, changes: dict[str, object]) -> None:
    text = write(brief, **changes)
    assert f"Subject: {text.title}\n\n{text.body}" == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


EVERY = [*product(("en", "de"), PHASES, TONES)]


@pytest.mark.parametrize(("language", "phase", "tone"), EVERY, ids=[" ".join(which) for which in EVERY])
def test_every_combination_is_a_whole_letter(language: str, phase: str, tone: str) -> None:
    for sample in samples.client_samples(language, phase, tone, SHIPPED.wording(language)):
        text = SHIPPED.render(sample.brief)
        if sample.hostile:
            continue
        greeting, *middle, foot = text.body.removesuffix("\n").split("\n\n")
        assert re.fullmatch(r"(Hello|Hi|Guten Tag|Hallo)( \w[\w ,]*)?,", greeting)
        assert foot.split("\n")[1:] == ["Ana", "Fernhill Web"]
        assert find_blanks(f"{text.title}{text.body}") == ()
        small = language == "de" and not middle[0].startswith("Sie ")
        assert middle[0][0].islower() == small, middle[0]
        assert all(paragraph[0].isupper() for paragraph in middle[1:]), text.body
        for paragraph in middle:
            sentences = re.findall(r"[.?!]“?(?= |$)", paragraph)
            assert paragraph[-1] in ".?!“”", paragraph
            assert 1 <= len(sentences) <= 4, paragraph
            assert not re.search("  | [.,]", paragraph), paragraph
        assert (sample.brief.next or "no time") in text.body or phase in LAST_PHASES
        address = r"\b(du|dir|dich|deine?[nrms]?)\b" if tone == "formal" else r"\b(Ihnen|Ihre?[nrms]?)\b"
        assert language == "en" or not re.search(address, text.body), text.body


@pytest.mark.parametrize(
    ("names", "english", "german", "casual"),
    [
        ((), "Hello,", "Guten Tag,", "Hallo,"),
        (("Maria",), "Hello Maria,", "Guten Tag Maria,", "Hallo Maria,"),
        (
            ("Maria", "Jo", "Tom"),
            "Hello Maria, Jo and Tom,",
            "Guten Tag Maria, Jo und Tom,",
            "Hallo Maria, Jo und Tom,",
        ),
        (("Maria", "Jo", "Tom", "Ruth"), "Hello everyone,", "Guten Tag,", "Hallo zusammen,"),
    ],
)
def test_everybody_is_greeted(names, english, german, casual) -> None:
    assert write(BRIEF, names=names).body.split("\n")[0] == english
    assert write(GERMAN, names=names).body.split("\n")[0] == german
    assert write(GERMAN, names=names, tone="casual").body.split("\n")[0] == casual


@pytest.mark.parametrize(
    ("hosts", "about"),
    [
        ((), "Your website"),
        (("a.example",), "a.example"),
        (("a.example", "b.example", "c.example"), "a.example, b.example and c.example"),
        (("a.example", "b.example", "c.example", "d.example"), "Your websites"),
        (("a" * 60, "b" * 60), "Your websites"),
        (("a" * 253,), "a" * 100 + "…"),
    ],
)
def test_the_subject_names_the_sites_where_there_is_room(hosts, about) -> None:
    sites = tuple(SiteInBrief(host, "affected") for host in hosts)
    text = write(BRIEF, sites=sites)
    assert text.title == f"{about}: we are looking into it"
    assert ("This is about" in text.body) == (len(hosts) > 1)
    assert all(host in text.body for host in hosts) or len(hosts) == 1


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("it's down", "You told us: “it's down”. We"),
        ("It's down.", "You told us: “It's down.” We"),
        ("where is\r\n  it?", "You told us: “where is it?” We"),
        ("word " * 60, f"You told us: “{'word ' * 39}…” We"),
        ("x" * 300, f"You told us: “{'x' * 198} …” We"),
        ("", "calling. We"),
        (None, "calling. We"),
    ],
)
def test_the_clients_words_are_quoted_on_one_line(words, quoted) -> None:
    assert quoted in write(BRIEF, words=words).body


def test_a_caller_without_words_reads_how_we_understand_it() -> None:
    text = write(BRIEF, words=None, effect="the form is not sending").body
    assert "Thank you for calling. This is how we understand it: the form is not sending. We are" in text
    text = write(GERMAN, words=None, thanks="", effect="das Formular verschickt nichts").body
    assert "\n\nvielen Dank, dass Sie uns Bescheid gesagt haben. Wir haben es so verstanden: Das Formular" in text


def test_who_has_not_noticed_gets_a_blank_until_somebody_says_what_does_not_work() -> None:
    for brief, phase in product((BRIEF, GERMAN), PHASES):
        text = write(brief, **UNNOTICED, phase=phase)
        assert find_blanks(text.body) == ("what does not work",), phase
        assert find_blanks(write(brief, phase=phase).body) == ()
        assert find_blanks(write(brief, **UNNOTICED, phase=phase, first=False).body) == ()


def test_without_a_time_for_the_next_word_there_is_a_blank() -> None:
    assert find_blanks(write(BRIEF, next=None).body) == ("something that nobody has found out yet",)


def test_a_fix_that_nobody_has_watched_is_not_said_to_be_watched() -> None:
    assert "We have watched it since" in write(BRIEF, phase="resolved").body
    assert "watched" not in write(BRIEF, phase="resolved", watched=False).body


def test_only_a_line_that_no_mail_may_carry_is_broken() -> None:
    long = "This went on for a while. " * 30
    assert f"{long.strip()}\n" in write(BRIEF, done=long).body
    broken = write(BRIEF, done=f"{long * 2}{'ü' * 2000}").body
    assert max(len(line.encode()) for line in broken.split("\n")) <= 998
    assert "ü" * 2000 in broken.replace("\n", "")


def test_words_of_exactly_two_hundred_characters_stay_whole() -> None:
    assert shorten_words("y" * 200) == "y" * 200
    assert len(shorten_words("y" * 201)) == 200


TEXTS = st.text(st.characters(), max_size=40)


@settings(max_examples=60)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(EVERY), st.booleans(), st.booleans())
def test_no_text_breaks_a_message(
    one: str, two: str, three: str, which: tuple[str, ...], knows: bool, first: bool
) -> None:
    language, phase, tone = which
    text = write(
        replace(BRIEF, language=language, phase=phase, tone=tone, knows=knows, first=first),
        names=(one, two),
        words=three,
        sites=(SiteInBrief(one, two), SiteInBrief(three, one)),
        effect=two,
        done=three,
        plan=one,
        care=two,
        question=None,
        sender=three,
        agency=Agency(one, two, three, one),
    )
    assert len(text.title.splitlines()) == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]", text.body)
    assert text.body == text.body.strip() + "\n"
    assert "\n\n\n" not in text.body
    assert len(text.body.split("\n\n")) <= 8  # no value begins a paragraph


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., ClientTexts]:
    """A workspace's texts, from files that are given by name."""

    def made(**sources: str) -> ClientTexts:
        for name, source in sources.items():
            path = tmp_path / "client" / name.replace("__", "/")
            path = path.with_suffix(".txt" if path.name == "words" else f"{path.suffix}.j2")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
        return ClientTexts([tmp_path])

    return made


WORDS = (find_shipped_templates() / "client/en/words.txt").read_text(encoding="utf-8")


def test_the_filters_of_a_workspaces_own_template(own) -> None:
    texts = own(
        nl__closed="Subject: {{ about | upper }}\n{{ names | join }};\n {{ names | join('+') }}\n\n\n"
        "{{ thanks | heard }}\n{{ done | sentence }} {{ effect | capital }}\n\n   \n"
        "{{ ['a', '', sender, None, 'a', '\u2028b\nc'] | lines }}\n"
        "{{ question | paragraphs }}\n{{ agency.url | link }}",
        nl__words=WORDS,
    )
    brief = replace(
        BRIEF, language="nl", phase="closed", names=("A", "B"), done="x", effect="élan.", question="one\ntwo\n\nthree"
    )
    assert texts.render(brief) == RenderedText(
        "ACME.EXAMPLE",
        "A and B; A+B\n\ncalling x. Élan\n\na\nAna\n(( fill in: something that nobody has found out yet ))\nb c one\n"
        "two\n\nthree https://fernhill.example\n",
    )


def test_a_template_of_the_tone_goes_first(own) -> None:
    texts = own(**{"en__closed": "Subject: all\nx", "en__closed.casual": "Subject: casual\nx"})
    assert texts.render(replace(BRIEF, phase="closed", tone="casual")).title == "casual"
    assert texts.render(replace(BRIEF, phase="closed")).title == "all"
    assert texts.render(replace(BRIEF, phase="resolved")) == SHIPPED.render(replace(BRIEF, phase="resolved"))


def test_a_workspace_changes_one_part_of_all_phases(own) -> None:
    texts = own(en___letter="{% block opening %}{% endblock %}\nYours, {{ sender }}\n")
    assert texts.render(replace(BRIEF, first=False)).body == (
        "A short word on where we are: we are still looking for the cause. Yours, Ana\n"
    )


def test_languages_fall_back_to_their_own_and_to_no_other(own) -> None:
    texts = own(nl__closed="Subject: x\nx", **{"de-AT__closed": "Subject: Servus\nx"})
    assert texts.languages() == ("de", "de-AT", "en", "nl")
    found = {tag: texts.find_language(tag) for tag in ("de-AT", "de_at", "DE-CH", "en-GB", "nl", "nds", "n", "", "fr")}
    assert found == {
        "de-AT": "de-AT",
        "de_at": "de-AT",
        "DE-CH": "de",
        "en-GB": "en",
        "nl": "nl",
        "nds": None,
        "n": None,
        "": None,
        "fr": None,
    }
    assert SHIPPED.languages() == ("de", "en")
    assert SHIPPED.render(replace(GERMAN, language="de-CH")) == SHIPPED.render(GERMAN)


def test_the_words_of_a_language(own) -> None:
    texts = own(nl__closed="Subject: {{ names | join }}\n{{ thanks | heard }}")
    assert texts.wording("de-AT") == texts.wording("de")
    assert texts.wording("de-AT").language == "de"
    assert texts.wording("nl") is None
    assert texts.wording("fr") is None
    text = texts.render(replace(BRIEF, language="nl", phase="closed", names=("A", "B")))
    assert text == RenderedText("A, B", "(( fill in: what to thank for, in templates/client/nl/words.txt ))\n")


def test_a_mistake_in_a_list_of_words_is_told_with_file_and_line(own, tmp_path: Path) -> None:
    texts = own(nl__closed="Subject: x\nx", nl__words="# ours\n[nonsense]\n")
    with pytest.raises(InputError) as caught:
        texts.wording("nl")
    assert str(caught.value).startswith(f"{tmp_path / 'client/nl/words.txt'}, line 2: ")


def test_a_language_or_phase_without_a_template_is_named(own) -> None:
    texts = own(nl__closed="Subject: x\nx")
    with pytest.raises(NotFoundError) as caught:
        texts.render(replace(BRIEF, language="fr"))
    assert str(caught.value) == (
        "there are no texts in the language 'fr' (there are de, en, nl); write templates/client/fr/investigating.j2"
    )
    with pytest.raises(NotFoundError, match=r"there is no template 'client/nl/investigating\.j2' in "):
        texts.render(replace(BRIEF, language="nl"))


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("Hello", 1, "the first line must be 'Subject: ...'"),
        ("Subject: x\n\n{{ nmes }}", 3, "'nmes' is undefined"),
        ("Subject: x\n{{ done | code }}", 2, "No filter named 'code'"),
        ("Subject: x\n{{ names | join(1) }}", 2, "the template cannot be filled in"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_file_and_line(own, tmp_path: Path, source, line, reason) -> None:
    with pytest.raises(InputError) as caught:
        own(en__closed=source).render(replace(BRIEF, phase="closed"))
    assert str(caught.value).startswith(f"{tmp_path / 'client/en/closed.j2'}, line {line}: ")
    assert reason in str(caught.value)
