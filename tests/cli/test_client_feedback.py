from __future__ import annotations

import pytest


@pytest.fixture
def told(plugwatch, workspace):
    """A client who called about INC-1 and was told the end of it."""
    plugwatch("client", "add", "acme", "--name", "Acme Bakery", "--contact", "maria@acme.example")
    plugwatch("site", "add", "acme", "--client", "acme")
    plugwatch("incident", "open", "acme", "the form does not send")
    plugwatch("incident", "tell", "1", "--phase", "closed", "--via", "phone", "--send")


def test_an_answer_stands_in_the_clients_record_and_in_the_incidents_timeline(plugwatch, told):
    kept = plugwatch("client", "feedback", "acme", "bad", "nobody\ncalled 🦄", "--at", "yesterday 17:00", "--json").json

    assert (kept["client"], kept["rating"], kept["words"], kept["incident"]) == (
        "acme",
        "bad",
        "nobody\ncalled 🦄",
        "INC-1",
    )
    assert plugwatch("client", "show", "acme", "--json").json["feedback"] == [kept]
    assert "bad, INC-1, " in (shown := plugwatch("client", "show", "acme").out)
    assert "“nobody called 🦄”" in shown
    events = plugwatch("incident", "show", "1", "--json").json["timeline"]
    assert [e["body"] for e in events if e["kind"] == "feedback"] == [
        "acme found it badly handled: “nobody\ncalled 🦄”"
    ]


def test_one_word_is_enough(plugwatch, told):
    ran = plugwatch("client", "feedback", "acme", "good", "--incident", "1")

    assert ran.out == "acme: good, about INC-1\n"


def test_an_answer_need_not_be_about_an_incident(plugwatch, workspace):
    plugwatch("client", "add", "acme")

    assert plugwatch("client", "feedback", "acme", "mixed", "--json").json["incident"] is None


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("acme", "great"), 2),
        (("nobody", "good"), 1),
        (("acme", "good", " "), 1),
        (("acme", "good", "--incident", "99"), 1),
        (("acme", "good", "--at", "tomorrow"), 1),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(plugwatch, told, args, code):
    plugwatch("client", "feedback", *args, code=code)

    assert plugwatch("client", "show", "acme", "--json").json["feedback"] == []


def test_words_of_any_length_and_kind_hold_on_a_screen(plugwatch, told):
    plugwatch("client", "feedback", "acme", "bad", "\u202e\x1b[31m" + "wörter " * 2000)

    [line] = [text for text in plugwatch("client", "show", "acme").out.splitlines() if text.startswith("feedback")]
    assert "\x1b" not in line
    assert len(line) < 400
