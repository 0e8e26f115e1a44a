from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.roads.checks import PrivateWords, Rules, check_draft
from plugwatch.model.roads.markup import MARKUPS
from plugwatch.model.roads.privacy import quoted_lines, read_as_person
from plugwatch.model.roads.road import NETWORKS, ROADS
from plugwatch.model.roads.submission import (
    Agency,
    Brief,
    ComponentFacts,
    Draft,
    DraftFile,
    Environment,
    OtherComponent,
    PatchFacts,
    Suspect,
    Thread,
)

PRIVATE = PrivateWords(
    names=("Acme Shop GmbH", "Bolt", "Café Müller"),
    slugs=("acme", "acme-shop", "shop", "7"),
    addresses=("https://www.acme.example/en/", "bolt-bikes.example"),
    contacts=("Shop desk <desk@acme-mail.example>", "Anna Kowalska", "Will"),
)
BRIEF = Brief(
    component=ComponentFacts(
        "plugin",
        "tidy-forms",
        "Tidy Forms",
        "https://vendor.example/",
        "support@vendor.example",
        "tidyworks/tidy-forms",
    ),
    environment=Environment("5.9.4", "5.9.4.1", "5.9.3", "6.9.1", "8.2", "", (OtherComponent("Blocks", "1.2.3.4"),)),
    agency=Agency("Example Agency", "dev@agency.example", "https://agency.example", "The team"),
    title="Nonce is rejected",
    why="w",
    steps=("s",),
    expected="e",
    actual="a",
    workaround="",
    tested="",
    patch=PatchFacts("pw-k3q7x2m9ab", "t", None, ("a.php",), 1, 1, "", ""),
)
THREAD = Thread("Nonce is rejected", None, datetime(2026, 11, 6, tzinfo=timezone.utc))
PATCH = """\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Example Agency <dev@agency.example>
Subject: [PATCH] Accept the nonce

---
diff --git a/a.php b/a.php
--- a/a.php
+++ b/a.php
@@ -1,4 +1,3 @@
 /* by jane@vendor.example, since 1.2.3.4, it will $shop at 10.1.2.3, /home/vendor/x */
--- gone -- gone
+$fixed = true;
 }
-
"""


def checks_of(
    body: str = "b", road: str = "github-issue", brief: Brief = BRIEF, **more: object
) -> dict[str, str | None]:
    """The detail of each check that blocks, None for each that is ok."""
    draft = Draft(
        road, str(more.get("title", "Nonce is rejected")), body, tuple(more.get("files", ())), more.get("url")
    )
    found = check_draft(draft, Rules(ROADS[road], brief, PRIVATE, more.get("branch"), more.get("author")))
    return {check.check: None if check.ok else check.detail for check in found}


def patch_file(old: str = "", new: str = "", name: str = "0001-x.patch") -> DraftFile:
    assert old in PATCH
    return DraftFile(name, PATCH.replace(old, new).encode(), "text/x-patch")


def test_a_plain_draft_passes_every_check() -> None:
    assert checks_of(files=(patch_file(),)) == dict.fromkeys(
        ("blanks", "privacy", "security", "author", "build-headers", "length", "markup")
    )


# --- blanks --------------------------------------------------------------------------------------------------------


def test_every_blank_is_named() -> None:
    body = f"{MARKUPS['trac'].blank('WordPress version')} and {MARKUPS['trac'].blank('steps')}"
    assert (
        checks_of(body, "trac", title="(( fill in: title ))")["blanks"]
        == "not filled in: title; WordPress version; steps"
    )


def test_a_mail_without_recipient_has_a_blank() -> None:
    head = b'To: "(( fill in: the vendor\'s e-mail\r\n address ))":;\r\n\r\n(( fill in: not this ))'
    file = DraftFile("x.eml", head, "message/rfc822")
    assert checks_of(road="email", files=(file,))["blanks"] == "not filled in: the vendor's e-mail address"


@pytest.mark.parametrize("kind", ["follow-up", "reply", "thanks", "adoption"])
def test_a_text_that_goes_on_from_nothing_has_a_blank(kind: str) -> None:
    alone = replace(BRIEF, kind=kind)
    wanted = "where and when the authors were asked before" if kind == "adoption" else "what was written before"
    assert checks_of("a person took the blank out", brief=alone)["blanks"] == f"not filled in: {wanted}"
    assert checks_of("b", brief=replace(alone, thread=THREAD))["blanks"] is None


# --- privacy: words of ours ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seen at Acme Shop GmbH", "client name 'acme shop gmbh' in the body, line 1"),
        ("\nACME  SHOP\nGMBH", "client name 'acme shop gmbh' in the body, line 2"),
        ("AcmeShopGmbH_checkout", "client name 'acmeshopgmbh' in the body, line 1"),
        ("for bolt.", "client name 'bolt' in the body, line 1"),
        ("CAFE\u0301 MÜLLER", "client name 'café müller' in the body, line 1"),
        ("https://acme.example/x", "client address 'acme example' in the body, line 1"),
        ("on bolt&#8209;bikes.example", "client address 'bolt bikes example' in the body, line 1"),
        ("desk@&#8203;acme-mail&#46;example", "client contact 'desk acme mail example' in the body, line 1"),
        ("ask anna kowalska", "client contact 'anna kowalska' in the body, line 1"),
        ("add_action( 'acme_save' )", "client slug 'acme' in the body, line 1"),
        ("a\u200bcme", "client slug 'acme' in the body, line 1"),
        ("our incident INC-42", "our own number 'INC-42' in the body, line 1"),
        ("patch pw-k3q7x2m9ab", "our own number 'pw-k3q7x2m9ab' in the body, line 1"),
    ],
)
def test_words_of_our_ledger_block(text: str, found: str) -> None:
    detail = checks_of(text)["privacy"]
    assert detail is not None
    assert found in detail
    assert detail.endswith(": take it out")


@pytest.mark.parametrize("text", ["Bolts and acmeism", "shopping", "7 of 9", "pw-container", "acme", "The Acme Shop"])
def test_whole_words_only(text: str) -> None:
    words = PrivateWords(names=("Bolt", "Shop GmbH"), slugs=("7", "shop"))
    draft = Draft("email", "t", text if text != "The Acme Shop" else "The shops")
    (privacy,) = [c for c in check_draft(draft, Rules(ROADS["email"], BRIEF, words)) if c.check == "privacy"]
    assert privacy.ok


def test_words_within_the_components_own_name_or_our_signature_are_public() -> None:
    words = PrivateWords(names=("Tidy", "Agency"), slugs=("forms", "example"), addresses=("https://agency.example",))
    rules = Rules(ROADS["email"], BRIEF, words)

    def privacy(body: str) -> bool:
        (check,) = [c for c in check_draft(Draft("email", "t", body), rules) if c.check == "privacy"]
        return check.ok

    assert privacy("Tidy Forms (tidy-forms)\nExample Agency\nhttps://agency.example")
    assert not privacy("Tidy itself")
    assert not privacy("many forms")


def test_a_slug_that_is_an_everyday_word_may_stand_in_the_vendors_own_lines() -> None:
    assert checks_of(files=(patch_file(),))["privacy"] is None
    added = checks_of(files=(patch_file("+$fixed", "+$shop"),))["privacy"]
    assert added is not None
    assert "client slug 'shop' in 0001-x.patch, line 12" in added
    assert "client contact 'will' in the body" in str(checks_of("as Will said")["privacy"])
    named = checks_of(files=(patch_file("by jane", "for Bolt by jane"),))["privacy"]
    assert named is not None
    assert "client name 'bolt' in 0001-x.patch, line 10" in named


def test_title_file_names_and_address_are_looked_at() -> None:
    assert "in the title" in str(checks_of(title="Broken at Bolt")["privacy"])
    assert "client slug 'acme' in a file's name" in str(checks_of(files=(patch_file(name="acme.diff"),))["privacy"])
    url = "https://github.com/o/r/compare/agency:fix%2Facme-nonce?expand=1&body=acme"
    assert "client slug 'acme' in the address" in str(checks_of(url=url)["privacy"])


def test_a_file_in_an_old_encoding_is_read_too() -> None:
    file = DraftFile("x.diff", "+// für Café Müller\n".encode("latin-1"), "text/x-diff")
    assert "client name 'café müller' in x.diff, line 1" in str(checks_of(files=(file,))["privacy"])


def test_many_words_and_much_text_are_quick_enough_to_look_for() -> None:
    words = PrivateWords(names=tuple(f"Client {n}x Ltd" for n in range(3000)))
    rules = Rules(ROADS["email"], BRIEF, words)
    body = "some words of a long diff\n" * 8000 + "for Client 2999x Ltd\n"
    (privacy,) = [c for c in check_draft(Draft("email", "t", body), rules) if c.check == "privacy"]
    assert "client name 'client 2999x ltd' in the body, line 8001" in privacy.detail


def test_branch_and_author_are_looked_at() -> None:
    ours = "Example Agency <dev@agency.example>"
    fine = checks_of(road="github-pr", branch="fix/accept-the-nonce", author=ours)
    assert set(fine.values()) == {None}
    named = checks_of(road="github-pr", branch="fix/acme-nonce", author=ours)
    assert "client slug 'acme' in the branch's name" in str(named["privacy"])
    built = checks_of(road="github-pr", branch="carried/5.9.4.0-p1", author=ours)
    assert "a build's version in the branch's name" in str(built["build-headers"])
    jane = checks_of(road="github-pr", branch="fix/x", author="Jane Doe <jane@laptop.example>")
    assert "'jane@laptop.example' in the commit's author is not the agency" in str(jane["author"])
    assert "e-mail address 'jane@laptop.example' in the commit's author" in str(jane["privacy"])
    assert checks_of(author="Jane Doe <jane@laptop.example>")["author"] is None  # no commit leaves


@pytest.mark.parametrize(
    ("old", "new", "who"),
    [
        ("From: Example Agency <dev@agency.example>", "From: Jane <jane@laptop.example>", "jane@laptop.example"),
        ("\n\n---\n", "\n\nSigned-off-by: Jane <jane@laptop.example>\n---\n", "jane@laptop.example"),
        ("\n\n---\n", "\n\nCo-authored-by: root <root@localhost>\n---\n", "root@localhost"),
        ("From: Example Agency <dev@agency.example>", "From: root", "root"),
    ],
)
def test_a_patch_that_somebody_else_has_written_blocks(old: str, new: str, who: str) -> None:
    found = checks_of(files=(patch_file(old, new),))["author"]
    assert f"'{who}' in 0001-x.patch is not the agency" in str(found)
    assert "[agency] email in plugwatch.toml" in str(found)


def test_a_patch_with_a_clients_word_says_where_to_mend_it() -> None:
    file = patch_file("+$fixed", "+$fixed // for Bolt")
    detail = str(checks_of(files=(file,))["privacy"])
    assert "client name 'bolt' in 0001-x.patch, line 12" in detail
    assert "'plugwatch patch drop' it, and 'plugwatch patch capture' it again" in detail
    assert "patch drop" not in str(checks_of("for Bolt")["privacy"])


@pytest.mark.parametrize(
    "text",
    [
        "Password: hunter2",
        "user: admin",
        "Username = demo",
        "login: demo / demo",
        "the password is s3cret",
        "https://demo:demo@staging.example/wp-admin",
        "pass: `x`",
    ],
)
def test_a_staging_login_is_never_given_in_public(text: str) -> None:
    answer = replace(BRIEF, kind="reply", thread=THREAD)
    for road in ROADS.values():
        found = checks_of(f"Hello,\n{text}", road.name, answer)["privacy"]
        assert ("a login in the body, line 2: a staging login is never given in public" in str(found)) == road.public


@pytest.mark.parametrize(
    "text", ["the login is broken", "the user is logged out", "Log in as a customer.", "a password field", "user login"]
)
def test_a_word_on_logins_is_none(text: str) -> None:
    assert checks_of(text, brief=replace(BRIEF, kind="reply", thread=THREAD))["privacy"] is None


def test_the_vendors_own_change_is_quoted() -> None:
    diff = "--- a/x.php\n+++ b/x.php\n@@ -1 +1,2 @@\n+ * @author jane@vendor2.example\n+will $shop\n"
    environment = replace(BRIEF.environment, suspect=Suspect(("x.php",), 1, diff))
    about = replace(BRIEF, environment=environment)
    assert checks_of(f"```diff\n{diff}```\n", brief=about)["privacy"] is None
    assert checks_of(f"```diff\n{diff}```\n")["privacy"] is not None
    assert "client name 'bolt'" in str(checks_of(f"{diff}+Bolt\n", brief=about)["privacy"])


# --- privacy: traces -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to someone@client.example", "e-mail address 'someone@client.example'"),
        ("someone@&#8203;client.example", "e-mail address 'someone@client.example'"),
        ("some\\_one@client.example", "e-mail address 'some_one@client.example'"),
        ("from 10.1.2.3:8080", "IP address '10.1.2.3'"),
        ("at 2a01:4f8::1", "IP address '2a01:4f8::1'"),
        ("in /home/acme1/public_html/wp-content/x.php:3", "server path '/home/acme1/public_html/wp-content/x.php:3'"),
        ("(/var/www/html/x.php)", "server path '/var/www/html/x.php'"),
        ("/srv/site/x", "server path '/srv/site/x'"),
        ("C:\\inetpub\\wwwroot\\x.php", "server path 'C:\\inetpub\\wwwroot\\x.php'"),
        ("D:\\\\Users\\\\me", "server path 'D:\\Users\\me'"),
        ("define( 'AUTH_KEY', 'k{#aQ2!x' );", "WordPress secret 'AUTH_K…'"),
        ("define('DB_PASSWORD','hunter22')", "WordPress secret 'DB_PAS…'"),
        ("password abcd EFGH 1234 ijkl MNOP 5678", "application password 'abcd E…'"),
        ("key sk_live_51Habcdefgh", "key 'sk_liv…'"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ", "key 'ghp_01…'"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "key '-----B…'"),
        ("Authorization: Bearer abcdef0123456789abcd", "key 'Bearer…'"),
        ("'api_key' => 'a1b2c3d4e5'", "key 'api_ke…'"),
        ("the password: a1b2c3d4e5 (an old one)", "key 'passwo…'"),
        ("license key: TF-2026-9911", "licence code 'licens…'"),
        ("code ABCD-1234-EFGH-5678", "licence code 'ABCD-1…'"),
        ("0123456789abcdef0123456789abcdef", "licence code '012345…'"),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "licence code '3f2504…'"),
    ],
)
def test_traces_of_servers_and_secrets_block(text: str, kind: str) -> None:
    for made in (checks_of(text), checks_of(files=(patch_file("+$fixed", f"+{text}"),))):
        assert f"{kind} in" in str(made["privacy"])


@pytest.mark.parametrize(
    "text",
    [
        "dev@agency.example or support@vendor.example",
        "127.0.0.1, ::1, 0.0.0.0, 192.0.2.7, 203.0.113.9, 2001:db8::5",
        "versions 5.9.4.1 and 1.2.3.4",
        "version 9.8.7.6, v9.8.7.6, @since 9.8.7.6, 'version' => '9.8.7.6', < 9.8.7.6",
        "@deprecated 9.8.7.6, define( 'TIDY_VERSION',      '9.8.7.6' ); _deprecated_function( __METHOD__, '9.8.7.6' );",
        "$secret = tidy7_read_option( 'secret' ); $token = tidy7_store::token;",
        "Foo::bar, self::add(), 12:30:45, 2026-11-20 09:41",
        "https://vendor.example/home/page and /wp-json/wp/v2/users/1",
        "icon@2x.png",
        "that this when they come here with",
        "the AUTH_KEY constant and DB_NAME",
        "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
        "'token' => 'wp_rest', 'password' => $password",
        "CVE-2026-12345 and ISO-8859-1",
        "@param string $license_key The key.",
    ],
)
def test_what_only_looks_like_a_trace_passes(text: str) -> None:
    assert checks_of(text, "email")["privacy"] is None


@given(text=st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_no_escape_of_ours_hides_a_name(text: str) -> None:
    for road in ROADS.values():
        body = MARKUPS[road.markup].inline(f"{text} desk@acme-mail.example {text}")
        assert "desk acme mail example" in str(checks_of(body, road.name)["privacy"])


def test_lines_that_a_diff_only_quotes() -> None:
    assert quoted_lines(PATCH) == {10, 11, 13, 14}
    assert quoted_lines("- a list\n  of prose\n") == frozenset()
    assert quoted_lines("@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n") == {2}
    assert quoted_lines("@@ -0,0 +1,2 @@\n+a\n-b\n c\n") == frozenset()


def test_texts_are_read_as_people_read_them() -> None:
    assert read_as_person("a\\_b&#64;&#8203;c&amp;\nd\u200be C:\\inetpub") == "a_b@c&\nde C:\\inetpub"


# --- security ------------------------------------------------------------------------------------------------------


def test_a_matter_of_security_goes_no_public_road() -> None:
    secret = replace(BRIEF, security=True)
    for road in ROADS.values():
        found = checks_of("b", road.name, secret)
        if road.public:
            assert list(found) == ["security"]
            assert f"{road.name} is public" in str(found["security"])
        else:
            assert found["security"] is None


# --- build headers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("+ * Version: 5.9.4.0-p1", "a build's version"),
        ("- * Version: 5.9.4.0-p12", "a build's version"),
        ("+ * Update URI: https://updates.agency.example/x", "an Update URI header"),
        ("+ * Plugwatch-Patches: pw-abc", "plugwatch's name"),
        ("Plugwatch-Patch: pw-abc", "plugwatch's name"),
        ("+/* Modified by Example Agency on 2026-11-20: Accept the nonce. */", "a notice of modification"),
    ],
)
def test_marks_of_our_builds_block(line: str, what: str) -> None:
    found = checks_of(files=(patch_file("+$fixed", f"{line}\n+$fixed"),))["build-headers"]
    assert f"{what} in 0001-x.patch, line 12" in str(found)
    assert f"{what} in the body, line 2" in str(checks_of(f"x\n{line}", "email")["build-headers"])


def test_a_vendors_own_update_uri_is_no_mark_of_ours() -> None:
    file = patch_file(" }\n", "  * Update URI: https://vendor.example\n")
    assert checks_of(files=(file,))["build-headers"] is None


# --- length --------------------------------------------------------------------------------------------------------


def test_each_road_has_its_limits() -> None:
    assert checks_of(title="x" * 256)["length"] is None
    assert "257 characters, github-issue takes 256" in str(checks_of(title="x" * 257)["length"])
    assert "81 characters, forum takes 80" in str(checks_of(road="forum", title="x" * 81)["length"])
    assert checks_of(road="forum", title="x" * 80)["length"] is None
    assert "65,537 characters" in str(checks_of("x" * 65_537)["length"])
    assert "the title is empty" in str(checks_of(title=" ")["length"])
    assert "8,001 characters" in str(checks_of(url="https://e.example/".ljust(8001, "x"))["length"])
    assert ROADS["trac"].file_limit == 10 * 1024 * 1024
    small = replace(ROADS["trac"], file_limit=1000)
    draft = Draft("trac", "t", "b", (DraftFile("x.diff", b"x" * 1001, "text/x-diff"),))
    (length,) = [c for c in check_draft(draft, Rules(small, BRIEF, PRIVATE)) if c.check == "length"]
    assert "x.diff has 1,001 bytes, trac takes 1,000" in length.detail


# --- markup --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("road", "body", "found"),
    [
        ("github-pr", "thanks @jane", "'@jane' would notify people"),
        ("github-pr", "Fixes #12", "'#12' would be closed with the merge"),
        ("github-pr", "closes https://github.com/o/r/issues/1", "would be closed with the merge"),
        ("github-issue", "```php\n$x = 1;", "a block of code is not closed"),
        ("trac", "{{{\n#!php\n$x", "a block of code is not closed"),
        ("trac", "{{{\nx\n}}}\n}}}", "a block of code is closed twice"),
        ("trac", "thanks @jane", "'@jane' would notify people"),
        ("forum", "thanks @jane", "'@jane' would notify people"),
        ("forum", "write to dev@agency.example", "the e-mail address 'dev@agency.example' has no place"),
        ("forum", "a `b", "a backtick has no partner"),
        ("forum", "`" + "x\n" * 20 + "x`", "21 lines of code, 20 are the most"),
        ("forum", "<table><tr>", "the forum drops the tag <table>"),
        ("forum", "## Problem", "Markdown, which the forum does not read"),
        ("email", "é" * 500, "line 1 is longer than 998 bytes"),
        ("chat", "hello <!channel>", "'<!channel' would notify people"),
        ("chat", "hello <@U123ABC>", "'<@U123ABC' would notify people"),
        ("chat", "hello @here", "'@here' would notify people"),
        ("chat", "it breaks Blocks, too", "'Blocks' is somebody else's plugin"),
        ("social", "since blocks&#8203; came", "'Blocks' is somebody else's plugin"),
        ("social", "x" * 301, "the post has 301 characters as Bluesky counts, which takes 300"),
    ],
)
def test_markup_that_does_not_fit_the_road(road: str, body: str, found: str) -> None:
    about = replace(BRIEF, network="bluesky") if road == "social" else BRIEF
    assert found in str(checks_of(body, road, about)["markup"])


@pytest.mark.parametrize(
    ("road", "body"),
    [
        ("github-pr", "`@param` and\n\n````\n@since #1\n```\n````\n\nfixes #&#8203;1"),
        ("github-pr", "Closes https://github.com/tidyworks/tidy-forms/issues/7"),
        ("trac", "{{{\n#!php\n$x\n}}}\n{{{ inline }}}"),
        ("trac", "{{{\n#!php\n * @param\n}}}\n{{{ @since }}} `@return` a@b @\u200beveryone"),
        ("forum", "`@param` and\n\n`/**\n * @since\n */`\n@&#8203;jane"),
        ("forum", "<strong>x</strong> `a` <ol><li>b</li></ol>\n\n`## in code\nb`"),
        ("email", "# @jane fixes #1 <table>"),
        ("chat", "Hello @jane, blockship and a@b"),
        ("social", "Thank you @tidyworks@social.example"),
        ("social", "x" * 500),
    ],
)
def test_markup_that_fits_the_road(road: str, body: str) -> None:
    brief = replace(BRIEF, related_url="https://github.com/tidyworks/tidy-forms/issues/7")
    assert checks_of(body, road, brief)["markup"] is None


def test_the_forum_takes_no_topics_on_what_is_sold() -> None:
    sold = replace(BRIEF, component=replace(BRIEF.component, paid=True))
    assert "wordpress.org/support/guidelines" in str(checks_of(road="forum", brief=sold)["markup"])
    assert checks_of(road="email", brief=sold)["markup"] is None


def test_a_post_is_counted_for_its_network() -> None:
    assert checks_of("x", "social", replace(BRIEF, network="tiktok"))["markup"] is not None
    for network, limit in NETWORKS.items():
        about = replace(BRIEF, network=network)
        assert checks_of("x" * limit, "social", about)["markup"] is None
        assert "which takes" in str(checks_of("x" * (limit + 1), "social", about)["markup"])


def test_an_address_in_a_post_counts_as_its_network_counts_it() -> None:
    post = "x" * 470 + " https://example.com/" + "y" * 100
    assert set(checks_of(post, "social", replace(BRIEF, network="mastodon")).values()) == {None}
    assert "takes 500" in str(checks_of(post, "social")["length"])


def test_a_title_has_one_line() -> None:
    assert "the title has more than one line" in str(checks_of(title="a\nBcc: b", road="email")["markup"])


def test_an_authors_address_in_the_vendors_own_code_is_public_on_the_forum() -> None:
    excerpt = "@@ -1,2 +1,2 @@\n * @author jane@vendor2.example\n-a\n+b"
    brief = replace(BRIEF, patch=replace(BRIEF.patch, excerpt=excerpt))
    body = f"Fix:\n\n`{excerpt}`\n"
    assert checks_of(body, "forum", brief)["markup"] is None
    assert checks_of(body, "forum", brief)["privacy"] is None
    assert checks_of(body.replace("+b", "+b jane@vendor2.example"), "forum", brief)["privacy"] is not None
