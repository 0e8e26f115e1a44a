from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import InputError, NotFoundError, PlugwatchError
from plugwatch.inventories.sources.aliases import Alias, load_aliases, read_aliases

CONFIG = """\
# WP-CLI's own options may stand beside the aliases
path: web/wp
disabled_commands:
  - db drop
@shop:
  ssh: ada@shop.example:2222/srv/www
  url: https://shop.example
  user: ada
@blog.live :
  path: sites/blog
  ssh-args:
    - -4
"@quoted": {path: /srv/quoted}
@none:
  color: false
@servers:
  - @shop
  - '@blog.live'   # both
  - quoted
  - unknown
@flow: [@shop, @quoted]
@everything:
  - @servers
  - @flow
  - @everything
aliases:
  lead:
    ssh: docker:lead
    path: /app
  @second:
    path: ${env.HOME}/second
"""


@pytest.fixture
def aliases():
    return read_aliases(CONFIG, "wp-cli.yml", Path("/srv/agency"))


def test_each_alias_says_where_its_site_is(aliases):
    assert list(aliases.single.values()) == [
        Alias("@shop", ssh="ada@shop.example:2222/srv/www", url="https://shop.example", user="ada"),
        Alias("@blog.live", path="/srv/agency/sites/blog"),
        Alias("@quoted", path="/srv/quoted"),
        Alias("@lead", path="/app", ssh="docker:lead"),
        Alias("@second", path="${env.HOME}/second"),
    ]


def test_a_group_lists_aliases_and_a_bare_name_only_where_it_is_known(aliases):
    assert aliases.groups["@servers"] == ("@shop", "@blog.live", "@quoted")
    assert aliases.groups["@flow"] == ("@shop", "@quoted")
    assert aliases.groups["@none"] == ()


def test_groups_unfold_to_sites_each_once(aliases):
    names = [alias.name for alias in aliases.expand("@everything")]

    assert names == ["@shop", "@blog.live", "@quoted"]
    assert aliases.expand("@shop") == (aliases.single["@shop"],)
    assert [alias.name for alias in aliases.expand("@all")] == list(aliases.single)
    assert aliases.is_group("@all")
    assert aliases.is_group("@flow")
    assert not aliases.is_group("@shop")


def test_all_may_be_defined_as_something_else():
    group = read_aliases("@a: {path: /a}\n@b: {path: /b}\n@all: [@a]\n", "f", Path("/"))
    single = read_aliases("@all: {path: /a}\n", "f", Path("/"))

    assert [alias.name for alias in group.expand("@all")] == ["@a"]
    assert single.expand("@all") == (Alias("@all", path="/a"),)
    assert not single.is_group("@all")


def test_an_unknown_name_is_answered_with_the_nearest(aliases):
    with pytest.raises(NotFoundError, match=r"^there is no alias @shopp; the nearest one is @shop$"):
        aliases.expand("@shopp")
    with pytest.raises(NotFoundError, match=r"^there is no alias @x; WP-CLI's configuration has none$"):
        read_aliases("", "f", Path("/")).expand("@x")


def test_a_sign_in_a_text_stays_in_the_text():
    read = read_aliases("note: mail @shop, please\n@a:\n  url: 'https://a.example/[x, @b]'\n", "f", Path("/"))

    assert read.single["@a"].url == "https://a.example/[x, @b]"


@pytest.mark.parametrize("text", ["", "# nothing\n", "just text", "- a\n- b\n", "? [a, b]\n: c\n", "aliases: x\n"])
def test_a_file_without_aliases(text):
    assert read_aliases(text, "f", Path("/")).single == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@a:\n  path: [x\n", "wp-cli.yml, line 3: it is no YAML that can be read ("),
        ("@a: x: y\n", "wp-cli.yml, line 1: it is no YAML that can be read (mapping values are not allowed here)"),
        ("a: \0\n", "wp-cli.yml: it is no YAML that can be read (a character that YAML does not allow)"),
        ("a: *nowhere\n", "wp-cli.yml, line 1: it is no YAML that can be read (found undefined alias"),
        ("--- a\n--- b\n", "wp-cli.yml, line 2: it is no YAML that can be read (but found another document)"),
        ("[" * 60_000, "wp-cli.yml: it is nested too deeply for WP-CLI's configuration"),
        ("- " * 30_000, "wp-cli.yml: it is nested too deeply for WP-CLI's configuration"),
    ],
)
def test_what_is_no_configuration_is_refused_in_one_sentence(text, sentence):
    start = time.monotonic()

    with pytest.raises(InputError) as caught:
        read_aliases(text, "wp-cli.yml", Path("/"))

    assert str(caught.value).startswith(sentence)
    assert time.monotonic() - start < 5


def test_references_that_multiply_are_never_multiplied():
    levels = "".join(f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 9)}]}}\n" for n in range(1, 100))
    start = time.monotonic()

    read = read_aliases(f"b0: &b0 {{x: 1}}\n{levels}@a: {{<<: *b99, path: /a}}\n", "f", Path("/"))

    assert read.single == {"@a": Alias("@a", path="/a")}
    assert time.monotonic() - start < 5


def test_types_of_yaml_are_text_and_tags_do_nothing():
    read = read_aliases(
        '@a: {path: !!python/object/apply:os.system ["x"], user: yes, url: 2024-01-01}\n', "f", Path("/")
    )

    assert read.single["@a"] == Alias("@a", user="yes", url="2024-01-01")


@settings(max_examples=200)
@given(st.text(alphabet="@ab: -[]{}'\"#&*!|>%\n\t,?<~", max_size=60))
def test_any_text_is_read_or_refused(text):
    sentence = ""
    try:
        read_aliases(text, "f", Path("/"))
    except PlugwatchError as error:
        sentence = str(error)
    assert "\n" not in sentence


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_files_are_looked_for_as_wp_cli_does(tmp_path, home):
    _write(home / ".wp-cli" / "config.yml", "@own: {path: /own}\n@shop: {path: /old}\n@both: [@own, @shop]\n")
    _write(tmp_path / "agency" / "wp-cli.yml", "@far: {path: /far}\n")
    project = tmp_path / "agency" / "project"
    _write(project / "wp-cli.yml", "@hidden: {path: /hidden}\n")
    _write(project / "wp-cli.local.yml", "@shop: {path: here}\n@both: {path: /b}\n@pair: [own, shop]\n")

    read = load_aliases(project / "deep" / "er")

    assert {name: alias.path for name, alias in read.single.items()} == {
        "@own": "/own",
        "@shop": str(project / "here"),
        "@both": "/b",
    }
    assert read.groups == {"@pair": ("@own", "@shop")}


def test_a_file_may_inherit_from_another_even_in_a_circle(tmp_path, home):
    _write(tmp_path / "wp-cli.local.yml", "_: {inherit: base/wp-cli.yml}\n@shop: {path: /new}\n")
    _write(tmp_path / "base" / "wp-cli.yml", "_:\n  inherit: ../wp-cli.local.yml\n@shop: {path: /old}\n@a: {path: a}\n")

    read = load_aliases(tmp_path)

    assert {name: alias.path for name, alias in read.single.items()} == {"@shop": "/new", "@a": f"{tmp_path}/base/a"}


def test_a_named_file_takes_the_place_of_the_users_own(tmp_path, home, monkeypatch):
    _write(home / ".wp-cli" / "config.yml", "@own: {path: /own}\n")
    named = _write(tmp_path / "named.yml", "\ufeff@named: {path: /named}\n")

    assert list(load_aliases(tmp_path, named).single) == ["@named"]
    monkeypatch.setenv("WP_CLI_CONFIG_PATH", str(named))
    assert list(load_aliases(tmp_path).single) == ["@named"]
    with pytest.raises(InputError, match=r"gone.yml: there is no such configuration of WP-CLI; correct --config"):
        load_aliases(tmp_path, tmp_path / "gone.yml")


def test_no_file_at_all(tmp_path, home):
    assert load_aliases(tmp_path).single == {}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"@a: \xff", "it is not UTF-8 text; save it as UTF-8"),
        (b"#" * 70_000, "it is over 64 KiB, too long for WP-CLI's configuration"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, home, data, sentence):
    (tmp_path / "wp-cli.yml").write_bytes(data)

    with pytest.raises(InputError, match=f"wp-cli.yml: {sentence}"):
        load_aliases(tmp_path)


def test_a_file_that_inherits_from_nothing(tmp_path, home):
    _write(tmp_path / "wp-cli.yml", "_: {inherit: gone.yml}\n")

    with pytest.raises(InputError, match=r"gone.yml: it cannot be read \(No such file or directory\)"):
        load_aliases(tmp_path)
