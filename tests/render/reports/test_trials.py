from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch.render.client_texts import ClientTexts
from plugwatch.render.reports.trials import try_months, try_story
from plugwatch.render.template_check import check_template, find_unused
from plugwatch.render.templates import Templates


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shipped_months_say_nothing_that_a_check_would_stop(language: str) -> None:
    number, found = try_months(ClientTexts(), language)
    assert number == 20  # five months in two tones and two formats
    assert found == []


def test_the_shipped_story_takes_any_word() -> None:
    assert try_story(ClientTexts()) == (2, [])


def test_blame_in_a_sentence_of_the_workspace_is_found(tmp_path: Path) -> None:
    (tmp_path / "report/client/en").mkdir(parents=True)
    (tmp_path / "report/client/en/_end.j2").write_text("It was the developer's fault.\n")
    (problem, *_) = try_months(ClientTexts([tmp_path]), "en")[1]
    assert (problem.check, problem.file.name) == ("blame", "month.md.j2")


def test_a_slip_is_found_with_its_line_when_the_template_is_checked_alone(tmp_path: Path) -> None:
    for place, name in (("report/client/de", "_lead.j2"), ("report/incident", "_summary.j2")):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / name).write_text("well\n{{ no.such }}\n")
        checked = check_template(f"{place}/{name}", [tmp_path])
        assert {(one.file.name, one.line, one.check) for one in checked.findings} == {(name, 2, "template")}


def test_what_a_report_never_reads_is_said_and_what_it_reads_is_not(tmp_path: Path) -> None:
    names = ("report/client/fr/month.html.j2", "report/client/fr/_words.j2", "report/client/de/_lead.j2")
    useless = ("report/agency/index.html.j2", "report/client/fr/year.html.j2")
    for name in (*names, *useless):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [file.name for file in find_unused(Templates([tmp_path]).files())] == list(useless)
