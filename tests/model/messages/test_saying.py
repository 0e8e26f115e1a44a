from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import PlugwatchError
from plugwatch.model.messages.saying import FIELDS, Saying, parse_saying


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("effect=the form is not sending", Saying("en", "effect", "the form is not sending")),
        ("de:done=Wir haben es behoben.", Saying("de", "done", "Wir haben es behoben.")),
        ("de_at:care=Bitte x=1 prüfen.", Saying("de-AT", "care", "Bitte x=1 prüfen.")),
        (" plan = We  look \n at it.", None),
        ("plan= We  look \n at it. ", Saying("en", "plan", "We look at it.")),
        ("effect=it stops: at 10:15", Saying("en", "effect", "it stops: at 10:15")),
        ("care=", Saying("en", "care", "")),
    ],
)
def test_words_are_said_of_a_field_in_a_language(text, said):
    if said is None:
        with pytest.raises(PlugwatchError, match="says nothing; write effect=TEXT"):
            parse_saying(text, language="en")
    else:
        assert parse_saying(text, language="en") == said


def test_an_effect_is_a_clause_so_its_full_stop_goes():
    assert parse_saying("effect=the form fails.", language="en").body == "the form fails"
    assert parse_saying("effect=the form …", language="en").body == "the form …"
    assert parse_saying("effect=and so on...", language="en").body == "and so on..."
    assert parse_saying("done=We fixed it.", language="en").body == "We fixed it."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' says nothing"),
        ("the form fails", "says nothing"),
        ("what=the form fails", "says nothing"),
        (":effect=x", "'' is not a language"),
        ("klingonese:effect=x", "'klingonese' is not a language"),
        ("effect=a\x1bb", "what you say of 'effect' holds a line break or a control character"),
        ("effect=" + "x" * 1001, "longer than 1000 characters"),
    ],
)
def test_what_says_nothing(text, why):
    with pytest.raises(PlugwatchError, match=why):
        parse_saying(text, language="en")


@settings(max_examples=100)
@given(st.sampled_from(FIELDS), st.text(max_size=40))
def test_any_text_is_one_paragraph_or_refused(field, text):
    try:
        said = parse_saying(f"{field}={text}", language="en")
    except PlugwatchError:
        return
    assert (said.language, said.field) == ("en", field)
    assert said.body == " ".join(said.body.split())
