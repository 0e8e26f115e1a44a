from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.roads.road import ROADS
from plugwatch.model.roads.submission import Brief, DraftFile, PatchForms, RenderedText, Surroundings, Thread

FORUM = ROADS["forum"]


@pytest.mark.parametrize(
    ("kind", "slug", "path"),
    [
        ("plugin", "tidy-forms", "/plugin/tidy-forms/#new-topic-0"),
        ("theme", "storefront", "/theme/storefront/#new-topic-0"),
        ("plugin", "odd/second part", "/plugin/odd%2Fsecond%20part/#new-topic-0"),
        ("core", "wordpress", "/forum/how-to-and-troubleshooting/#new-topic-0"),
    ],
)
def test_the_form_for_a_new_topic(
    kind: str, slug: str, path: str, brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    about = replace(brief, component=replace(brief.component, kind=kind, slug=slug))
    made = prepare(FORUM, text, about, forms, around)
    assert made.url == f"https://wordpress.org/support{path}"
    elsewhere = prepare(FORUM, text, about, forms, replace(around, forum_url="http://127.0.0.1:8080/"))
    assert elsewhere.url == f"http://127.0.0.1:8080{path}"


def test_the_patch_lies_beside_the_text(
    brief: Brief, forms: PatchForms, around: Surroundings, text: RenderedText
) -> None:
    assert prepare(FORUM, text, brief, forms, around).files == (
        DraftFile("tidy-forms.diff", forms.svn_diff, "text/x-diff"),
    )
    assert prepare(FORUM, text, brief, None, around).files == ()


def test_who_goes_on_with_a_topic_writes_into_it(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    topic = "https://wordpress.org/support/topic/nonce-is-rejected/"
    about = replace(brief, thread=Thread("t", topic, around.date))
    assert prepare(FORUM, text, about, None, around).url == topic
    not_posted = replace(brief, thread=Thread("t", None, around.date))
    assert prepare(FORUM, text, not_posted, None, around).url == (
        "https://wordpress.org/support/plugin/tidy-forms/#new-topic-0"
    )


def test_what_is_not_in_the_directory_has_no_forum(brief: Brief, around: Surroundings, text: RenderedText) -> None:
    about = replace(brief, component=replace(brief.component, kind="mu-plugin", slug="site-tweaks.php"))
    assert prepare(FORUM, text, about, None, around).url is None
