"""One realistic brief: a form plugin rejects logged-in visitors, with the patch that mends it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.roads.submission import (
    Agency,
    Brief,
    ComponentFacts,
    Environment,
    OtherComponent,
    PatchFacts,
    PatchForms,
    Surroundings,
    Suspect,
    Thread,
    make_excerpt,
)

DIFF = (
    """\
diff --git a/includes/rest.php b/includes/rest.php
index 1111111..2222222 100644
--- a/includes/rest.php
+++ b/includes/rest.php
@@ -41,7 +41,9 @@ class Tidy_Forms_Rest {
 > * @author Vendor <dev@vendor.example>
 > */
 >public function check_nonce( $request ) {
->>$nonce = $request->get_param( 'nonce' );
->>return (bool) wp_verify_nonce( $nonce, 'tidy_forms' );
+>>// Logged-in visitors send the nonce of their session in the header.
+>>$header = $request->get_header( 'X-WP-Nonce' );
+>>$nonce  = $header ? $header : $request->get_param( 'nonce' );
+>>return (bool) wp_verify_nonce( $nonce, $header ? 'wp_rest' : 'tidy_forms' );
 >}
 }
""".replace("->>", "-\t\t")
    .replace("+>>", "+\t\t")
    .replace("\n >", "\n \t")
)

SUSPECT = """\
--- a/includes/rest.php
+++ b/includes/rest.php
@@ -40,3 +40,3 @@ class Tidy_Forms_Rest {
 \tpublic function check_nonce( $request ) {
-\t\treturn is_user_logged_in() || $this->verify( $request );
+\t\t$nonce = $request->get_param( 'nonce' );
"""

FORMAT_PATCH = f"""\
From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: Example Agency <dev@agency.example>
Date: Fri, 20 Nov 2026 09:41:00 +0100
Subject: [PATCH] Accept the REST nonce of logged-in visitors

The nonce in the X-WP-Nonce header was never looked at.
---
 includes/rest.php | 6 ++++--
 1 file changed, 4 insertions(+), 2 deletions(-)

{DIFF}"""

SVN_DIFF = """\
Index: includes/rest.php
===================================================================
--- includes/rest.php	(revision 1)
+++ includes/rest.php	(working copy)
""" + DIFF.partition("+++ b/includes/rest.php\n")[2]


@pytest.fixture
def brief() -> Brief:
    return Brief(
        component=ComponentFacts(
            kind="plugin",
            slug="tidy-forms",
            name="Tidy Forms",
            vendor_url="https://vendor.example/tidy-forms",
            vendor_email="support@vendor.example",
            repository="tidyworks/tidy-forms",
        ),
        environment=Environment(
            version="5.9.4",
            first_bad="5.9.4",
            last_good="5.9.3",
            wordpress="6.9.1",
            php="8.2",
            theme="Storefront 4.6.0",
            others=(OtherComponent("WooCommerce", "9.3.2"),),
            beside=(OtherComponent("Elm Cache", "2.1"), OtherComponent("Oak Search")),
            sites=3,
            suspect=Suspect(("includes/rest.php",), 12, SUSPECT),
        ),
        agency=Agency("Example Agency", "dev@agency.example", "https://agency.example", "The Example Agency team"),
        title="Logged-in visitors cannot submit a form: nonce is rejected",
        why=(
            "Since 5.9.4 the REST route checks a nonce that only visitors without a session have.\n\n"
            "check_nonce() reads the parameter and never the X-WP-Nonce header."
        ),
        steps=("Log in as a customer.", "Open a page with a form.", "Fill in the form and press Send."),
        expected="The entry is saved and a thank-you is shown.",
        actual="The form says 'Cookie check failed' and the entry is lost.",
        workaround="Log out before sending the form.",
        tested="Twenty Twenty-Five, all other plugins off: the same. With the patch: saved, logged in or not.",
        patch=PatchFacts(
            id="pw-k3q7x2m9ab",
            title="Accept the REST nonce of logged-in visitors",
            why="The nonce in the header is checked first, as WordPress does itself.",
            files=("includes/rest.php",),
            added=4,
            removed=2,
            diff=DIFF,
            excerpt=make_excerpt(DIFF),
        ),
        related_url="https://github.com/tidyworks/tidy-forms/issues/1388",
    )


@pytest.fixture
def forms() -> PatchForms:
    return PatchForms(FORMAT_PATCH.encode(), SVN_DIFF.encode(), make_excerpt(DIFF), "example-agency:fix/rest-nonce")


@pytest.fixture
def around() -> Surroundings:
    zone = timezone(timedelta(hours=1))
    return Surroundings(date=datetime(2026, 11, 20, 9, 41, tzinfo=zone), message_id="<sub-1.k3q7@agency.example>")


@pytest.fixture
def thread() -> Thread:
    return Thread(
        title="Logged-in visitors cannot submit a form: nonce is rejected",
        url="https://github.com/tidyworks/tidy-forms/issues/1391",
        sent_at=datetime(2026, 11, 6, 9, 41, tzinfo=timezone.utc),
        days=10,
        step=1,
        news=("It still happens in 5.9.5.", "We see it with PHP 8.4 now, too."),
        fixed_in="5.9.6",
        asks="details",
        answer="It happens on every try, with the cache off, too.",
        reworked=True,
        tried=("an issue on GitHub on 2026-10-05", "e-mail on 2026-10-12", "the support forum on 2026-10-26"),
    )
