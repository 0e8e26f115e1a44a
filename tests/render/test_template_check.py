"""Templates are tried on invented facts: the shipped ones hold, and every kind of mistake is found where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from plugwatch.errors import NotFoundError
from plugwatch.model.messages.message import LAST_PHASES, PHASES
from plugwatch.model.roads.road import KINDS, NETWORKS, ROADS
from plugwatch.model.roads.submission import ASKS, Thread
from plugwatch.render import samples
from plugwatch.render.template_check import CheckedTemplates, check_template, check_templates, find_unused
from plugwatch.render.templates import Templates, find_shipped_templates

ENGLISH = find_shipped_templates() / "client" / "en"
WORDS = (ENGLISH / "words.txt").read_text(encoding="utf-8")
NEXT = "You will hear from us again {{ next }}."


@pytest.fixture
def dutch(tmp_path: Path) -> Callable[..., CheckedTemplates]:
    """Check a workspace's own language, in which each phase says little; the sources of some are given."""

    def check(words: str = WORDS, **sources: str) -> CheckedTemplates:
        folder = tmp_path / "client" / "nl"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "words.txt").write_text(words.replace("language = en", "language = nl"), encoding="utf-8")
        for phase in PHASES:
            source = f"Subject: {{{{ about or 'Sites' }}}}\nHello.\n{NEXT if phase not in LAST_PHASES else ''}\n"
            (folder / f"{phase}.j2").write_text(sources.get(phase, source), encoding="utf-8")
        return check_templates([tmp_path], "nl")

    return check


def places(found: CheckedTemplates, folder: Path) -> set[tuple[str, int | None, str]]:
    """File, line and check of each finding."""
    return {(one.file.relative_to(folder).as_posix(), one.line, one.check) for one in found.findings}


def test_the_shipped_templates_hold(tmp_path: Path) -> None:
    found = check_templates([tmp_path])

    assert [str(finding) for finding in found.findings] == []
    assert found.files == len(Templates().files())
    assert found.texts > 5000


def test_a_language_of_the_workspace_holds_when_it_is_whole(dutch) -> None:
    found = dutch()

    assert found.findings == ()
    assert found.files == 6


MISTAKES = {
    "a name that does not exist": (f"{NEXT}\n{{{{ nex }}}}", 4, "template", "'nex' is undefined"),
    "no word of the next time": ("We are at it.", None, "next-update", "missing"),
    "a vague time": ("You will hear from us again shortly.", 3, "next-update", "vague 'hear from us again shortly'"),
    "blame": (f"The makers of the plugin broke it.\n{NEXT}", 3, "blame", "third-party-fault"),
    "the client is sent away": (f"{NEXT}\nPlease contact their support.", 4, "blame", "send-away"),
    "a vendor": (f"{NEXT}\n\nWe are looking into Tidy Forms.", 5, "vendor", "'Tidy Forms'"),
    "a blank that nobody can fill in": (f"Dear [NAME],\n{NEXT}", 3, "blanks", "fill it in"),
    "a guarantee": (f"{NEXT}\nIt will never happen again.", 4, "promise", "guarantee"),
    "a hole": (f"Dear {{{{ '' if first else client }}}}, hello.\n{NEXT}", 3, "shape", "'Dear ,'"),
}


@pytest.mark.parametrize(("text", "line", "check", "detail"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_where_it_stands(dutch, tmp_path: Path, text, line, check, detail) -> None:
    found = dutch(identified=f"Subject: {{{{ about or 'Sites' }}}}\nHello.\n{text}\n")

    path = tmp_path / "client/nl/identified.j2"
    [said] = {one.detail for one in found.findings if (one.file, one.line, one.check) == (path, line, check)}
    assert detail in said
    assert {one.file for one in found.findings} == {path}


def test_a_message_without_a_word_is_found(dutch, tmp_path: Path) -> None:
    found = dutch(closed="Subject: {{ '' }}\n\n")

    assert {(one.file, one.check) for one in found.findings} == {(tmp_path / "client/nl/closed.j2", "mail")}
    assert {one.detail.split(";")[0] for one in found.findings} == {
        "body 'empty'",
        "subject 'empty or more than one line'",
    }


def test_a_mistake_in_a_part_is_found_in_the_part(dutch, tmp_path: Path) -> None:
    (tmp_path / "client" / "nl").mkdir(parents=True)
    (tmp_path / "client" / "nl" / "_foot.j2").write_text(
        "Best wishes.\nPlease contact their support.", encoding="utf-8"
    )
    found = dutch(resolved="Subject: x\nHello.\n{% include 'client/nl/_foot.j2' %}")

    assert places(found, tmp_path) == {("client/nl/_foot.j2", 2, "blame")}


def test_a_mistake_of_one_combination_is_said_with_it(dutch, tmp_path: Path) -> None:
    found = dutch(closed="Subject: x\nHello.\n{% if reopened and tone == 'casual' %}{{ reopened.x }}{% endif %}")

    [finding] = found.findings
    assert str(finding) == (
        f"{tmp_path / 'client/nl/closed.j2'}, line 3: template: the template cannot be filled in: "
        "'bool object' has no attribute 'x' (casual, has told us, later message, reopened, 1 site)"
    )


def test_what_a_language_lacks_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "client" / "nl"
    folder.mkdir(parents=True)
    (folder / "closed.j2").write_text(
        "Subject: {{ about or 'Sites' }}\nDag {{ names | join }}. {{ nothing }}", encoding="utf-8"
    )

    assert places(check_templates([tmp_path], "nl"), tmp_path) == {
        ("client/nl/closed.j2", 2, "template"),
        ("client/nl/identified.j2", None, "template"),
        ("client/nl/investigating.j2", None, "template"),
        ("client/nl/monitoring.j2", None, "template"),
        ("client/nl/resolved.j2", None, "template"),
        ("client/nl/words.txt", None, "words"),
    }


def test_a_wrong_list_of_words_is_said_with_its_line(dutch, tmp_path: Path) -> None:
    found = dutch(words=WORDS.replace("[fault]", "[falt]"))

    line = WORDS.split("\n").index("[fault]") + 1
    assert places(found, tmp_path) == {("client/nl/words.txt", line, "template")}


def test_an_unknown_language_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        check_templates([tmp_path], "fr")
    assert str(caught.value) == "there are no texts in the language 'fr' but de, en"


def test_files_that_nobody_reads_are_found(tmp_path: Path) -> None:
    used = ["client/en/closed.j2", "client/en/closed.casual.j2", "client/nl/words.txt", "client/nl/_own.j2"]
    unused = [
        "client/closed.j2",
        "client/en/close.j2",
        "client/en/closed.loud.j2",
        "upstream/trac/bugs.j2",
        "words.txt",
    ]
    for name in (*used, *unused, "upstream/trac/bug.j2"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Subject: x\nx\n", encoding="utf-8")

    assert [file.name for file in find_unused(Templates([tmp_path]).files())] == sorted(unused)


UPSTREAM = {
    "a name that does not exist": ("{{ thred.title }}", "template", "'thred' is undefined"),
    "what a sample has not": ("{{ thread.title }}", "template", "'None' has no attribute 'title'"),
    "None": ("{{ thread.url ~ '' if thread }}", "shape", "'None' is printed"),
    "a blank that is always there": ("{{ blank('something') }}", "blanks", "not filled in: something"),
    "empty paragraphs": ("x\n\n\n\nx", "shape", "empty paragraphs"),
    "a ping": ("Hello @maintainer", "markup", "'@maintainer' would notify people"),
    "no end": ("{% for i in range(9**9) %}x{% endfor %}", "template", "more than 100,000 rounds"),
}


@pytest.mark.parametrize(("text", "check", "detail"), UPSTREAM.values(), ids=UPSTREAM)
def test_a_mistake_in_a_text_for_vendors_is_found(tmp_path: Path, text: str, check: str, detail: str) -> None:
    path = tmp_path / "upstream/github-issue/thanks.j2"
    path.parent.mkdir(parents=True)
    path.write_text(f"Subject: x\n{text}\n", encoding="utf-8")

    found = check_template("upstream/github-issue/thanks.j2", [tmp_path])

    assert {(one.file, one.check) for one in found.findings} == {(path, check)}
    assert detail in found.findings[0].detail


def test_a_kind_without_a_template_is_found(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("plugwatch.render.template_check.KINDS", ("thanks", "joke"))
    found = check_template("upstream/_thanks.j2", [tmp_path])
    assert [one.file.parent.name for one in found.findings] == sorted(ROADS)
    assert {one.file.name for one in found.findings} == {"joke.j2"}


def test_every_road_and_kind_is_tried_with_every_network_and_question() -> None:
    for road in ROADS.values():
        seen = [sample.brief for kind in KINDS for sample in samples.upstream_samples(road, kind)]
        assert {brief.kind for brief in seen} == set(KINDS)
        assert {brief.network for brief in seen} == ({None, *NETWORKS} if road.name == "social" else {None})
        threads = [brief.thread for brief in seen if brief.thread]
        assert {thread.asks for thread in threads} >= {*ASKS, None}
        assert {thread.step for thread in threads} >= {0, 1, 2, 3}
        for field in fields(Thread):  # known and not known, there and not there
            assert len({getattr(thread, field.name) for thread in threads}) > 1, field.name
