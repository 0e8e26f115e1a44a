"""Lines around a list: what is context, and which command was echoed."""

from __future__ import annotations

import pytest

from plugwatch.inventories.noise import ListCommand, aliases_in, find_command, find_prompt, is_context, split_alias


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "@shop.example-1",
        "PHP Notice:  Undefined index: x in /srv/wp-content/plugins/foo/foo.php on line 12",
        "Deprecated: Creation of dynamic property A::$b is deprecated in /srv/x.php on line 3",
        "<b>Warning</b>:  include(): failed in <b>/srv/x.php</b> on line <b>3</b><br />",
        "<br />",
        "[21-Nov-2026 10:00:00 UTC] PHP Fatal error:  Uncaught Error in /srv/x.php:1",
        "#0 /srv/wp-content/plugins/foo/foo.php(12): foo()",
        "Stack trace:",
        "  thrown in /srv/x.php on line 3",
        "Success: Updated 1 of 1 plugins.",
        "Error: The site you have requested is not installed.",
        "Debug (bootstrap): No package autoload found",
        "Legend: I = Inactive, A = Active, U = Update Available",
        "$ wp plugin list",
        "$ cd site",
        "deploy@web1:~/public_html$ wp plugin list --format=csv",
        "[deploy@web1 site]$ ",
        "root@web1:/srv# wp --allow-root core version",
        "PS C:\\Sites> wp plugin list",
        "C:\\Sites>wp theme list",
        "➜ site wp plugin list",
        "lando wp plugin list",
        "php /opt/wp-cli.phar plugin list",
        "#!/usr/bin/env php",
        "ssh: connect to host web1.example port 22: Connection refused",
        "deploy@web1.example: Permission denied (publickey,password).",
        "Connection to web1.example closed.",
    ],
)
def test_context(line: str) -> None:
    assert is_context(line)


@pytest.mark.parametrize(
    "line",
    [
        "acme-forms",
        "acme-forms\tactive\tnone\t1.2.3",
        "acme,active,none,1.2.3",
        "| acme | active |",
        "Hello, it broke again",
        "7 installed plugins:",
        " UA acme-forms 1.2.3",
        "wp-rocket,active",
        "shop@acme.example",
        "connection-guard",
        "ssh-keys\tactive",
    ],
)
def test_no_context(line: str) -> None:
    assert not is_context(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$ wp plugin list", ListCommand(themes=False, filtered=False)),
        ("wp @prod --path=/srv theme list --format=json", ListCommand(themes=True, filtered=False)),
        ("I ran wp plugin list and got this:", ListCommand(themes=False, filtered=False)),
        ("$ wp plugin list --fields=name,version --skip-update-check", ListCommand(themes=False, filtered=False)),
        ("$ wp plugin list --status=active", ListCommand(themes=False, filtered=True)),
        ("$ wp plugin list --auto_update=on", ListCommand(themes=False, filtered=True)),
        ("$ wp plugin list --recently-active", ListCommand(themes=False, filtered=True)),
        ("$ wp plugin list | grep acme", ListCommand(themes=False, filtered=True)),
        ("$ wp theme update --all --dry-run", ListCommand(themes=True, filtered=True)),
        ("wp-cli.phar --path /srv/shop @live plugin list", ListCommand(themes=False, filtered=False)),
        ("$ wp plugin status", ListCommand(themes=False, filtered=False)),
        ("$ wp theme list --field=name", ListCommand(themes=True, filtered=False, field="name")),
        ("$ wp plugin list --url=shop.example", ListCommand(themes=False, filtered=False, one_site=True)),
        ("$ wp core version", None),
        ("the plugin list of wp", None),
        ("mywp plugin list", None),
    ],
)
def test_the_echoed_command_is_understood(line: str, expected: ListCommand | None) -> None:
    assert find_command(line) == expected


def test_aliases_are_found_behind_glued_json() -> None:
    lines = ["@clienta", "[]@clientb", "@clienta", "write to @bob please", "a@b.example", "[1,2] @client.c"]
    assert aliases_in(lines) == ["@clienta", "@clientb", "@client.c"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("@shop.live-1", ("", "@shop.live-1")),
        ('[{"name":"a"}]@shop', ('[{"name":"a"}]', "@shop")),
        ("[] @shop ", ("[]", "@shop")),
        ("write to @shop", None),
        ("shop", None),
        ('[{"nam@shop', None),
    ],
)
def test_a_name_is_split_from_what_is_glued_to_it(line: str, expected: tuple[str, str] | None) -> None:
    assert split_alias(line) == expected


@pytest.mark.parametrize(
    ("line", "is_command"),
    [
        ("$ wp @all plugin list", True),
        ("wp plugin list --format=json", True),
        ("deploy@web1:~/shop$ wp theme list", True),
        ("I ran wp plugin list and got this:", False),
        ("  description: Run wp plugin list", False),
        ("$ ls", False),
    ],
)
def test_a_prompt_is_told_from_words_about_a_command(line: str, is_command: bool) -> None:
    assert (find_prompt(line) is not None) is is_command


@pytest.mark.parametrize(
    "line",
    ["wp" + " -x" * 300_000, "wp" + " -x /" * 300_000, "wp " * 300_000, "a@b " * 200_000, "[" * 500_000, "$" * 500_000],
)
def test_long_lines_cost_no_more_than_their_length(line: str) -> None:
    assert is_context(line) in (True, False)
    assert find_command(line) is None
    assert find_prompt(line) is None
    assert split_alias(line) is None


@pytest.mark.parametrize("line", ["wp" + " --a" * 300_000 + " plugin list", "wp " * 300_000 + "plugin list"])
def test_a_command_that_no_person_types_is_not_looked_for(line: str) -> None:
    assert find_command(line) is None


def test_a_command_whose_end_is_not_looked_at_may_filter() -> None:
    command = find_command(f"$ wp plugin list --path={'x' * 1_000} --status=active")
    assert command == ListCommand(themes=False, filtered=True)
