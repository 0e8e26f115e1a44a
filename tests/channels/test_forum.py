from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.channels.registry import prepare
from plugwatch.model.submission import ROADS, Brief, DraftFile, PatchForms, Posting, RenderedText

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
    kind: str, slug: str, path: str, brief: Brief, forms: PatchForms, posting: Posting, text: RenderedText
) -> None:
    about = replace(brief, component=replace(brief.component, kind=kind, slug=slug))
    made = prepare(FORUM, text, about, forms, posting)
    assert made.url == f"https://wordpress.org/support{path}"
    elsewhere = prepare(FORUM, text, about, forms, replace(posting, forum_url="http://127.0.0.1:8080/"))
    assert elsewhere.url == f"http://127.0.0.1:8080{path}"


def test_the_patch_lies_beside_the_text(brief: Brief, forms: PatchForms, posting: Posting, text: RenderedText) -> None:
    assert prepare(FORUM, text, brief, forms, posting).files == (
        DraftFile("tidy-forms.diff", forms.svn_diff, "text/x-diff"),
    )
    assert prepare(FORUM, text, brief, None, posting).files == ()


def test_what_is_not_in_the_directory_has_no_forum(brief: Brief, posting: Posting, text: RenderedText) -> None:
    about = replace(brief, component=replace(brief.component, kind="mu-plugin", slug="site-tweaks.php"))
    assert prepare(FORUM, text, about, None, posting).url is None
