from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugwatch.model.component import Component
from plugwatch.model.vendors.hints import (
    MIRROR,
    NO_ISSUES,
    NO_PULLS,
    ReleaseHints,
    find_sayings,
    is_worth_reading,
    read_hints,
)

TIDY, ELM = Component("plugin", "tidy-forms"), Component("theme", "elm")
HEADER = (
    "<?php\n/*\n * Plugin Name: Tidy Forms\n * Plugin URI: https://tidy.example/forms\n * Author: TidyWorks\n"
    " * Author URI: https://tidy.example\n * License: GPL-2.0-or-later\n{more} */\n"
)


def _hints(more="", component=TIDY, **files):
    contents = {"tidy-forms.php": HEADER.format(more=more).encode()}
    contents |= {path.replace("__", "/").replace("_", "."): text.encode() for path, text in files.items()}
    return read_hints(component, "1.2.3", list(contents), contents)


def test_a_release_tells_who_made_it_and_where_they_are():
    composer = json.dumps({"support": {"source": "https://github.com/tidy-works/tidy-forms"}})
    hints = _hints(
        " * Update URI: https://updates.tidy.example/forms\n * GitHub Plugin URI: tidy-works/forms-code\n",
        composer_json=composer,
        readme_txt="=== Tidy Forms ===\nContributors: tidyworks\n\nSee https://tidy.example/support.\n",
        github__SECURITY_md="Write to security@tidy.example.",
    )
    assert (hints.version, hints.name, hints.author) == ("1.2.3", "Tidy Forms", "TidyWorks")
    assert (hints.home_url, hints.author_url) == ("https://tidy.example/forms", "https://tidy.example")
    assert (hints.github, hints.updates_elsewhere) == ("tidy-works/forms-code", "updates.tidy.example")
    assert hints.readme.contributors == ("tidyworks",)
    assert [package.source for package in hints.packages] == ["https://github.com/tidy-works/tidy-forms"]


def test_a_security_policy_is_kept_whole():
    contents = {".github/SECURITY.md": b"Write to security@tidy.example."}
    assert read_hints(TIDY, "1", contents, contents).policy == "Write to security@tidy.example."
    assert _hints().policy == ""


def test_a_theme_says_it_in_its_stylesheet():
    style = b"/*\nTheme Name: Elm\nTheme URI: https://elm.example\nGitHub Theme URI: https://github.com/elm/elm\n*/"
    hints = read_hints(ELM, "2", ["style.css"], {"style.css": style})
    assert (hints.name, hints.home_url, hints.github) == ("Elm", "https://elm.example", "elm/elm")


def test_a_must_use_plugin_is_the_file_that_has_the_header():
    file = Component("mu-plugin", "tweaks.php")
    head = b"<?php\n// Plugin Name: Tweaks\n// Author URI: https://host.example\n"
    assert read_hints(file, "1", ["tweaks.php"], {"tweaks.php": head}).author_url == "https://host.example"


@pytest.mark.parametrize(
    ("update_uri", "host"),
    [
        ("", None),
        ("https://wordpress.org/plugins/tidy-forms/", None),
        ("w.org/plugin/tidy-forms", None),
        ("https://updates.tidy.example/x", "updates.tidy.example"),
        ("tidy.example", "tidy.example"),
        ("tidy-works/tidy-forms", "tidy-works/tidy-forms"),
        ("false", "false"),
        ("https://[bad", "https://[bad"),
    ],
)
def test_where_updates_come_from_unless_it_is_the_directory(update_uri, host):
    assert ReleaseHints("1", update_uri=update_uri).updates_elsewhere == host


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("vendor/freemius/wordpress-sdk/start.php", "ships Freemius"),
        ("freemius/start.php", "ships Freemius"),
        ("includes/EDD_SL_Plugin_Updater.php", "ships EDD Software Licensing"),
        ("vendor/appsero/client/src/License.php", "ships Appsero licensing"),
        ("inc/class-license-manager.php", "ships what checks a licence"),
    ],
)
def test_what_sells_is_known_by_its_files(path, sign):
    assert read_hints(TIDY, "1", ["tidy-forms.php", path], {}).sold_by == (sign,)


@pytest.mark.parametrize(
    ("more", "sign"),
    [
        (" * Woo: 12345:0123456789abcdef\n", "has the header of a product that WooCommerce.com sells"),
        (" * License key: see your account\n", "asks for a licence key or a purchase code"),
    ],
)
def test_what_sells_is_known_by_its_header(more, sign):
    assert _hints(more).sold_by == (sign,)


def test_a_licence_that_is_sold_is_a_sign_and_a_free_one_is_none():
    sold = "<?php\n/* Plugin Name: X\n * License: Envato Regular */"
    assert read_hints(TIDY, "1", [], {"x.php": sold.encode()}).sold_by == ("has the licence 'Envato Regular'",)
    assert _hints().sold_by == ()
    assert read_hints(TIDY, "1", ["license.txt", "includes/licenses.php", "freemius.php"], {}).sold_by == ()


def test_only_what_can_tell_is_read():
    worth = ["tidy-forms.php", "other.php", "readme.txt", "README.md", "composer.json", "SECURITY.md"]
    worth += [".github/SECURITY.md", "docs/contributing.md"]
    assert [path for path in worth if not is_worth_reading(TIDY, path)] == []
    others = ["includes/a.php", "vendor/x/composer.json", "vendor/x/README.md", "style.css.map", "lang/readme.txt"]
    assert [path for path in others if is_worth_reading(TIDY, path)] == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("This is a read-only mirror of the SVN repository.", [MIRROR]),
        ("This repository is a mirror of\nthe plugin on WordPress.org.", [MIRROR]),
        ("Elm was merged into the shop and is no longer maintained on GitHub.", [MIRROR]),
        ("Please do not open pull requests here.", [NO_PULLS]),
        ("We don't accept pull requests at this time.", [NO_PULLS]),
        ("Pull requests will not be reviewed.", [NO_PULLS]),
        ("PRs are closed without comment.", [NO_PULLS]),
        (
            "We are not accepting PRs on this mirror of our SVN. Issues are not monitored.",
            [MIRROR, NO_PULLS, NO_ISSUES],
        ),
        ("Do not use GitHub issues, use our desk.", [NO_ISSUES]),
        ("Do not open issues for support questions.", []),
        ("Please don't report security issues in public.", []),
        ("Pull requests are very welcome!", []),
        ("Do not hesitate to open a pull request.", []),
        ("Don't forget to send a pull request.", []),
        ("Pull requests that are not tested cannot be merged.", []),
        ("Issues that are inactive will be closed.", []),
        ("Once all issues in a milestone are closed: release.", []),
        ("Please do not submit PRs with minified CSS files.", []),
        ("Do not send pull requests to master.", []),
        ("We do **not** accept issues.", [NO_ISSUES]),
        ("Pull requests are **not accepted from the public**.", [NO_PULLS]),
        ("If you wish to send a pull request, please do so on the development repo at elm/forms.", [MIRROR]),
        ("The mirror of the camera. wordpress.org has it.", []),
    ],
)
def test_sentences_against_a_road_are_told_from_those_that_are_not(text, kinds):
    assert [saying.kind for saying in find_sayings(text, "README.md")] == kinds


def test_a_saying_is_quoted_with_its_file_and_not_at_length():
    (saying,) = find_sayings("# Tidy\n\n> **Please do not send pull requests** here.\n\nThanks.", "CONTRIBUTING.md")
    assert (saying.file, saying.quote) == ("CONTRIBUTING.md", "Please do not send pull requests here.")
    (long,) = find_sayings(f"Do not send pull requests {'x' * 400}", "a")
    assert len(long.quote) == 160
    assert long.quote.endswith("…")


@given(st.binary(max_size=300), st.sampled_from(["tidy-forms.php", "readme.txt", "composer.json", "SECURITY.md"]))
def test_no_file_is_refused(content, path):
    hints = read_hints(TIDY, "1", [path], {path: content})
    assert len(hints.author.splitlines()) <= 1
