from __future__ import annotations

import json

import pytest
from peers.fake_wp import PLUGINS, UNANSWERED, FakeWp

from plugwatch.errors import EXIT_UNKNOWN, InputError, PlugwatchError, UnknownError
from plugwatch.inventories.sources import wpcli
from plugwatch.inventories.sources.fetch import fetch
from plugwatch.inventories.sources.spec import SourceSite, parse_spec
from plugwatch.model.inventory import Installed

ALIASES = "@shop:\n  path: /srv/shop\n@blog:\n  path: /srv/blog\n@both:\n  - @shop\n  - @blog\n"


@pytest.fixture
def wp(tmp_path, monkeypatch):
    fake = FakeWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def site(tmp_path):
    workspace = tmp_path / "agency"
    workspace.mkdir()
    return SourceSite("shop", "https://shop.example", workspace)


def _fails(site, source="wp --path=/srv/shop"):
    with pytest.raises(PlugwatchError) as caught:
        fetch(parse_spec(source), site)
    assert "\n" not in str(caught.value)
    return caught.value


def test_everything_that_wp_cli_tells_is_one_inventory(wp, site):
    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert inventory.format == "wp"
    assert (inventory.wordpress_version, inventory.php_version) == ("6.9.1", "8.2.12")
    assert inventory.components == (
        Installed("plugin", "acme-forms", "Acme Forms", "1.2.3", "active", "1.2.4", auto_update=False),
        Installed("mu-plugin", "site-tweaks.php", "Site Tweaks", "0.3", "must-use", auto_update=False),
        Installed("theme", "storefront", "Storefront", "4.5.0", "active", auto_update=True),
    )
    assert inventory.complete_kinds == {"plugin", "mu-plugin", "dropin", "theme"}
    assert (inventory.unparsed, inventory.warnings) == ((), ())


def test_what_is_asked_and_how(wp, site, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_APP_PASSWORD_SHOP", "hunter2")

    fetch(parse_spec("wp --path=/srv/shop --url=shop.example/de --allow-root"), site)

    target = ("--path=/srv/shop", "--url=shop.example/de", "--allow-root")
    assert [call.args for call in wp.calls] == [
        (
            *(*target, "plugin", "list", "--format=json"),
            "--fields=name,title,file,status,update,version,update_version,auto_update",
        ),
        (*target, "transient", "get", "update_plugins", "--network", "--format=json"),
        (
            *target,
            "theme",
            "list",
            "--format=json",
            "--fields=name,title,status,update,version,update_version,auto_update",
        ),
        (*target, "transient", "get", "update_themes", "--network", "--format=json"),
        (*target, "core", "version"),
        (*target, "eval", "echo PHP_VERSION;"),
    ]
    for call in wp.calls:
        assert (call.cwd, call.stdin) == (str(site.workspace), "")
        assert (call.variables["SSH_ASKPASS"], call.variables["SSH_ASKPASS_REQUIRE"]) == ("false", "force")
        assert "hunter2" not in call.variables.values()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("wp --ssh=ada@shop.example:2222/srv/www --path=wp", ("--ssh=ada@shop.example:2222/srv/www", "--path=wp")),
        ("wp --ssh=docker:shop_web --allow-root", ("--ssh=docker:shop_web", "--allow-root")),
        ("wp @shop --url=https://shop.example/de", ("@shop", "--url=https://shop.example/de")),
    ],
)
def test_where_wp_cli_is_aimed(wp, site, source, target):
    (site.workspace / "wp-cli.yml").write_text(ALIASES)

    fetch(parse_spec(source), site)

    assert {call.args[: len(target)] for call in wp.calls} == {target}


def test_the_home_is_ours_for_a_folder_here_and_theirs_for_one_there(wp, site, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")

    fetch(parse_spec("wp --path=~/shop"), site)
    fetch(parse_spec("wp --ssh=shop.example --path=~/shop"), site)

    assert wp.calls[0].args[0] == "--path=/home/ada/shop"
    assert wp.calls[-1].args[:2] == ("--ssh=shop.example", "--path=~/shop")


def test_an_alias_from_a_file_that_wp_cli_would_not_find(wp, site):
    (site.workspace / "conf").mkdir()
    (site.workspace / "conf" / "sites.yml").write_text(ALIASES)

    fetch(parse_spec("wp @shop --config=conf/sites.yml"), site)

    named = {call.variables["WP_CLI_CONFIG_PATH"] for call in wp.calls}
    assert named == {str(site.workspace / "conf" / "sites.yml")}
    assert {call.args[0] for call in wp.calls} == {"@shop"}


@pytest.mark.parametrize(
    ("alias", "sentence"),
    [
        ("@both", "@both stands for several sites (@shop, @blog); give the alias of one"),
        ("@all", "@all stands for several sites (@shop, @blog); give the alias of one"),
    ],
)
def test_a_group_is_no_source_of_one_site(wp, site, alias, sentence):
    (site.workspace / "wp-cli.yml").write_text(ALIASES)

    assert str(_fails(site, f"wp {alias}")) == sentence
    assert wp.calls == []


def test_all_of_nothing(wp, site, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))

    assert str(_fails(site, "wp @all")) == "@all stands for several sites (none yet); give the alias of one"


def test_a_configuration_that_only_wp_cli_can_read_is_left_to_it(wp, site):
    (site.workspace / "wp-cli.yml").write_text("@shop: path: /srv/shop: x\n")

    assert fetch(parse_spec("wp @shop"), site).wordpress_version == "6.9.1"


@pytest.mark.parametrize(
    "stored", [UNANSWERED, UNANSWERED | {"response": {"x/x.php": {}}, "no_update": {"y/y.php": {}}}]
)
def test_a_site_that_could_not_ask_has_unknown_updates_not_none(wp, site, stored):
    wp.set(transients={"update_plugins": stored, "update_themes": UNANSWERED})

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert {row.update_version for row in inventory.components} == {None}
    assert inventory.warnings == (
        "the site could not ask for updates of its plugins, so nothing is known of them",
        "the site could not ask for updates of its themes, so nothing is known of them",
    )


def test_plugins_and_themes_ask_apart(wp, site):
    answered = {"last_checked": 1, "response": [], "translations": [], "no_update": []}
    wp.set(transients={"update_plugins": answered, "update_themes": UNANSWERED})

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert inventory.components[0].update_version == "1.2.4"
    assert inventory.warnings == ("the site could not ask for updates of its themes, so nothing is known of them",)


@pytest.mark.parametrize(
    "answer",
    [
        {"stdout": ""},
        {"stdout": "Deprecated: {$x} in y on line 3\n{broken\n"},
        {"stdout": '{"a":' * 100_000},
        {"stderr": "Error: 'transient' is not a registered wp command.", "status": 1},
    ],
)
def test_where_the_site_does_not_tell_whether_it_asked_the_updates_that_it_names_stay(wp, site, answer):
    wp.plan("transient get", **answer)

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert inventory.components[0].update_version == "1.2.4"
    assert inventory.warnings == (
        "whether the site could ask for updates of its plugins is not known; where none is shown, one may be",
        "whether the site could ask for updates of its themes is not known; where none is shown, one may be",
    )


def test_a_site_without_themes_is_not_asked_about_their_updates(wp, site):
    wp.set(themes=[])

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert "theme" not in inventory.complete_kinds
    assert inventory.warnings == ("the list has no rows; taken as partial",)
    assert not any("update_themes" in call.args for call in wp.calls)


def test_notices_around_the_answers_do_no_harm(wp, site):
    notice = "PHP Deprecated:  Automatic conversion in /srv/x.php on line 5\n"
    stored = {"last_checked": 1, "response": {}, "translations": [], "no_update": {}}
    wp.plan("plugin list", stdout=f"{notice}{json.dumps(PLUGINS)}\nsomething else\n")
    wp.plan("transient get", stdout=f"{notice}{json.dumps(stored)}<!-- end -->")
    wp.plan("core version", stdout=f"{notice}6.9.1\n")
    wp.plan("eval echo PHP_VERSION;", stdout=f"{notice}8.1.2-1ubuntu2.14")

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert (inventory.wordpress_version, inventory.php_version) == ("6.9.1", "8.1.2-1ubuntu2.14")
    assert [row.slug for row in inventory.components] == ["acme-forms", "site-tweaks.php", "storefront"]
    assert [unparsed.text for unparsed in inventory.unparsed] == ["something else"]
    assert inventory.warnings == ()


def test_versions_that_are_not_told_are_unknown(wp, site):
    wp.plan("core version", stdout="no number\n")
    wp.plan("eval echo PHP_VERSION;", stderr="Error: 'eval' is disabled.", status=1)

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert (inventory.wordpress_version, inventory.php_version) == (None, None)
    assert inventory.warnings == (
        "WP-CLI did not tell the version of WordPress",
        "WP-CLI did not tell the version of PHP",
    )


def test_a_site_that_a_plugin_has_broken_is_listed_without_running_it(wp, site):
    fatal = "PHP Fatal error:  Uncaught TypeError in /srv/shop/wp-content/plugins/acme-forms/acme-forms.php:7"
    broken = "Error: There has been a critical error on this website.\nLearn more"
    for command in ("plugin list", "theme list", "transient get", "eval echo PHP_VERSION;"):
        wp.plan(command, stderr=f"{fatal}\n{broken}", status=1, unless="--skip-plugins")

    inventory = fetch(parse_spec("wp --path=/srv/shop"), site)

    assert len(inventory.components) == 3
    assert inventory.php_version == "8.2.12"
    (warning,) = inventory.warnings
    assert warning.startswith("the site ends in a fatal error, so it was listed without running its plugins and themes")
    assert all(call.args[1:3] == ("--skip-plugins", "--skip-themes") for call in wp.calls[1:])


SSH = "Error: Cannot connect over SSH using provided configuration."
OTHER = "install it, or give the site another source"
BY_KEY = "log in there by hand with ssh once: it must work by key, without a question"


@pytest.mark.parametrize(
    ("stderr", "status", "sentence", "kind"),
    [
        (
            "Error: Error establishing a database connection. This either means that the username and password ...",
            1,
            "the site cannot reach its database; see whether the site works at all, then try again",
            UnknownError,
        ),
        (
            "Error: This does not seem to be a WordPress installation.\nThe used path is: /srv/shop/",
            1,
            "there is no WordPress in that folder; correct the path in the source",
            PlugwatchError,
        ),
        (
            "Error: The site you have requested is not installed.\nRun `wp core install` to create database tables.",
            1,
            "that WordPress has no tables in its database; correct the path or --url in the source",
            PlugwatchError,
        ),
        (
            "Error: YIKES! It looks like you're running this as root. You probably meant to run this as the user",
            1,
            "WP-CLI does not run as root unasked; run plugwatch as another user, or add --allow-root to the source",
            PlugwatchError,
        ),
        (
            "Error: Site 'x.example' not found. Verify `--url=<url>` matches an existing site.",
            1,
            "the network has no site at that address; correct --url in the source",
            PlugwatchError,
        ),
        (
            "Error: Alias 'shop' not found.",
            1,
            "WP-CLI does not know that alias; correct the source",
            PlugwatchError,
        ),
        (
            "bash: line 1: wp: command not found",
            127,
            "WP-CLI is not installed there; install it on the site's server as 'wp', or give the site another source",
            PlugwatchError,
        ),
        (
            "sh: 1: wp: not found",
            127,
            "WP-CLI is not installed there; install it on the site's server as 'wp', or give the site another source",
            PlugwatchError,
        ),
        (
            "/usr/bin/env: 'php': No such file or directory",
            127,
            f"WP-CLI needs PHP's command line, which is not installed there; {OTHER}",
            PlugwatchError,
        ),
        (
            "PHP Parse error:  syntax error, unexpected '}' in /srv/shop/wp-config.php on line 9",
            255,
            "the site ends in a fatal error, whatever is asked; see its error log",
            UnknownError,
        ),
        (
            f"ssh: connect to host shop.example port 22: Connection refused\n{SSH}",
            255,
            f"its server was not reached over ssh (Connection refused); {BY_KEY}",
            UnknownError,
        ),
        (
            f"ada@shop.example: Permission denied (publickey,password).\n{SSH}",
            255,
            f"its server was not reached over ssh (Permission denied (publickey,password)); {BY_KEY}",
            PlugwatchError,
        ),
        (
            f"Host key verification failed.\n{SSH}",
            255,
            f"its server was not reached over ssh (Host key verification failed); {BY_KEY}",
            PlugwatchError,
        ),
        (SSH, 255, f"its server was not reached over ssh (no reason given); {BY_KEY}", UnknownError),
        (
            "Error: Could not do it.\n#0 wp-db.php(9): mysqli_real_connect('localhost', 'shop', 'hunter2')",
            1,
            "WP-CLI failed with status 1 ('Could not do it.'); run 'wp plugin list' by hand",
            PlugwatchError,
        ),
        (
            "#0 wp-db.php(9): mysqli_real_connect('localhost', 'shop', 'hunter2')",
            3,
            "WP-CLI failed with status 3; run 'wp plugin list' by hand",
            PlugwatchError,
        ),
    ],
)
def test_each_failure_is_one_sentence(wp, site, stderr, status, sentence, kind):
    wp.plan("plugin list", stderr=f"{stderr}\n", status=status)

    error = _fails(site)

    assert str(error) == f"site 'shop': {sentence}"
    assert isinstance(error, UnknownError) == (kind is UnknownError)


def test_what_stands_on_stdout_counts_as_well(wp, site):
    wp.plan("plugin list", stdout="<p>Error establishing a database connection</p>", status=1)

    error = _fails(site)

    assert "cannot reach its database" in str(error)
    assert error.exit_code == EXIT_UNKNOWN


def test_without_wp_cli(site, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert str(_fails(site)) == (
        "'wp' is not installed or not on PATH; install WP-CLI, or give the site another source"
    )


def test_a_wp_cli_that_is_no_program(wp, site):
    wp.program.write_bytes(b"\0\0\0\0")

    assert str(_fails(site)).startswith(f"'{wp.program}' cannot be run (Exec format error); install WP-CLI anew")


def test_a_wp_cli_that_does_not_end(wp, site, monkeypatch):
    monkeypatch.setattr(wpcli, "_LIST_TIMEOUT", 0.5)
    wp.plan("plugin list")
    wp.set(pause=30)

    error = _fails(site)

    assert isinstance(error, UnknownError)
    assert str(error) == f"site 'shop': '{wp.program}' did not end within 0.5 seconds; try again later"


@pytest.mark.parametrize(
    ("stdout", "sentence"),
    [
        ("", "site 'shop': wp plugin list: it is empty; nothing was read"),
        ("<!DOCTYPE html><html><title>Login</title>", "wp plugin list: it is an HTML page ('Login'), not a list"),
        ("Success: nothing", "site 'shop': wp plugin list: no wpcli-json list stands in it"),
        ("[" * 100_000 + '{"', "site 'shop': wp plugin list"),
    ],
)
def test_an_answer_that_is_no_list(wp, site, stdout, sentence):
    wp.plan("plugin list", stdout=stdout)

    error = _fails(site)

    assert isinstance(error, InputError)
    assert sentence in str(error)
