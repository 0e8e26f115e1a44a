from __future__ import annotations

from pathlib import Path

import pytest

from plugwatch import config
from plugwatch.config import current_user, database_url, find_workspace, load_settings, settings_from_text
from plugwatch.errors import ConfigError
from plugwatch.model.settings import Settings


def test_an_empty_file_means_the_defaults():
    assert settings_from_text("", "x.toml") == Settings()


def test_every_key_of_the_contract_is_read():
    text = """
    [agency]
    name = "Example Agency"
    email = "dev@agency.example"
    url = "https://agency.example"
    signature = "The Example Agency team"
    timezone = "Europe/Berlin"
    hours = "Mon-Fri 9-18"
    [database]
    url = "sqlite:///other.db"
    [github]
    api_url = "https://github.example/api"
    organization = "agency"
    [smtp]
    host = "smtp.agency.example"
    port = 25
    security = "none"
    user = "dev"
    [imap]
    host = "imap.agency.example"
    port = 143
    security = "starttls"
    user = "dev"
    [social]
    mastodon = "https://social.example"
    [trac.plugins]
    url = "https://trac.example"
    [trac.core]
    url = "https://core.example"
    [wordpress_org]
    api_url = "https://a.example"
    downloads_url = "https://d.example"
    svn_url = "https://s.example"
    forum_url = "https://f.example"
    [builds]
    update_uri = "https://updates.agency.example"
    publish = "public"
    [vulnerabilities]
    feed = "feed.json"
    [sync]
    remote = "https://git.example/agency/{kind}-{slug}.git"
    user = "ana"
    [sla]
    first_response = "30m"
    update_every = "2h"
    [sla.shop]
    hours = "24/7"
    first_response = "5m"
    [messages]
    via = "imap"
    copy_to = "outbox@agency.example"
    [desk]
    address = "desk@agency.example"
    [inventory]
    stale_after = "5d"
    [report]
    logo = "logo.png"
    accent = "#7a1f3d"
    language = "en-GB"
    [rota]
    people = ["ana", "ben"]
    starts = "2026-11-02"
    """

    settings = settings_from_text(text, "x.toml")

    assert settings.agency.hours == "Mon-Fri 9-18"
    assert (settings.smtp.port, settings.imap.security, settings.sla.update_every) == (25, "starttls", "2h")
    assert (settings.sla.shop.hours, settings.sla.shop.update_every, settings.sla.info.hours) == ("24/7", "", "")
    assert settings.rota["people"] == ["ana", "ben"]
    assert {name: trac.url for name, trac in settings.trac.items()} == {
        "plugins": "https://trac.example",
        "core": "https://core.example",
    }
    defaults = Settings()._asdict()
    assert [name for name, section in settings._asdict().items() if section == defaults[name]] == []


def test_another_trac_does_not_hide_the_one_of_the_plugins():
    settings = settings_from_text('[trac.core]\nurl = "https://core.example"\n', "x.toml")

    assert settings.trac["plugins"].url == "https://plugins.trac.wordpress.org"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[agency\n", "Expected ']' at the end of a table declaration (at line 1, column 8)"),
        ('[agency]\nname = "a"\nname = "b"\n', "(at line 3"),
        ('[agenci]\nname = "x"\n', "unknown key 'agenci'; the nearest one is 'agency'"),
        ('[agency]\nnam = "x"\n', "unknown key 'agency.nam'; the nearest one is 'agency.name'"),
        ('name = "x"\n', "unknown key 'name'; the nearest one is 'agency.name'"),
        ('[wordpress_org]\nsvn = "x"\n', "the nearest one is 'wordpress_org.svn_url'"),
        ('[trac.plugins]\nuri = "x"\n', "unknown key 'trac.plugins.uri'; the nearest one is 'trac.plugins.url'"),
        ('[github]\ntoken = "hunter2"\n', "'github.token' does not belong here; secrets come from the environment"),
        ('[smtp]\npassword = "hunter2"\n', "'smtp.password' does not belong here"),
        ("agency = 3\n", "[agency] is a table of keys, not a value"),
        ('[[agency]]\nname = "x"\n', "[agency] is a table of keys, not a value"),
        ("[trac]\nplugins = 3\n", "[trac.plugins] is a table of keys, not a value"),
        ("[agency]\nname = 3\n", "'agency.name' must be text in quotes"),
        ('[smtp]\nport = "25"\n', "'smtp.port' must be a number"),
        ("[smtp]\nport = true\n", "'smtp.port' must be a number"),
        ("[smtp]\nport = 0\n", "'smtp.port': 0 is no port"),
        ('[smtp]\nsecurity = "ssl"\n', "'smtp.security': 'ssl' is none of starttls, tls, none"),
        ('[sync]\nremote = "https://git.example/all.git"\n', "'sync.remote': each fork needs a repository of its own"),
        ('[sync]\nremote = "https://a:hunter2@git.example/{slug}"\n', "'sync.remote': https://git.example…: no user"),
        ('[sync]\nremote = "ext::sh {slug}"\n', "'sync.remote': ext::sh"),
        ('[sync]\nuser = "ana:hunter2"\n', "'sync.user': write the name"),
        ('[sync]\ntoken = "hunter2"\n', "'sync.token' does not belong here"),
        ('[github]\napi_url = "https://u:hunter2@github.example"\n', "'github.api_url': no user, password"),
        ('[github]\napi_url = "https://github.example/?t=hunter2"\n', "'github.api_url': no user, password"),
        ('[trac.core]\nurl = "https://u:hunter2@core.example"\n', "'trac.core.url': no user, password"),
        ('[wordpress_org]\nforum_url = "https://hunter2@f.example"\n', "'wordpress_org.forum_url': no user"),
        ('[agency]\nemail = "dev"\n', "'agency.email': 'dev' is not an e-mail address"),
        ('[agency]\ntimezone = "Mars"\n', "'agency.timezone': 'Mars' is not a time zone"),
        ('[agency]\nhours = "always"\n', "'agency.hours': 'always' is no part of working hours"),
        ('[sla]\nupdate_every = "soon"\n', "'sla.update_every': 'soon' is not a span of time"),
    ],
)
def test_a_wrong_line_is_one_sentence_with_file_and_key(text, why):
    with pytest.raises(ConfigError) as error:
        settings_from_text(text, "agency/plugwatch.toml")

    assert str(error.value).startswith("agency/plugwatch.toml: ")
    assert why in str(error.value)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        '[database]\nurl = "postgresql://u:hunter2@h/x"\n',
        '[wordpress_org]\nsvn_url = "https://u:hunter2@svn.example"\n',
    ],
)
def test_no_setting_that_may_hold_a_password_is_in_a_repr(text):
    assert "hunter2" not in repr(settings_from_text(text, "x.toml"))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path)
    (tmp_path / "plugwatch.toml").write_bytes(b'[agency]\nname = "B\xe4der"\n')
    with pytest.raises(ConfigError, match=r"plugwatch\.toml: not UTF-8 text; save it as UTF-8"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_no_error(tmp_path):
    (tmp_path / "plugwatch.toml").write_text('[agency]\nname = "Bäder"\n', encoding="utf-8-sig")

    assert load_settings(tmp_path).agency.name == "Bäder"


def test_the_environments_database_goes_before_the_files(monkeypatch):
    settings = settings_from_text('[database]\nurl = "sqlite:///x.db"\n', "x.toml")
    assert database_url(settings) == "sqlite:///x.db"

    monkeypatch.setenv("PLUGWATCH_DATABASE_URL", "postgresql://h/x")
    assert database_url(settings) == "postgresql://h/x"


def test_the_nearest_workspace_upwards_is_found(tmp_path, monkeypatch):
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "a" / "b"):
        (folder / "plugwatch.toml").touch()

    monkeypatch.chdir(tmp_path / "a" / "b" / "c")
    assert find_workspace(None) == tmp_path / "a" / "b"
    monkeypatch.chdir(tmp_path / "a")
    assert find_workspace(None) == tmp_path
    assert find_workspace(Path("b")) == tmp_path / "a" / "b"
    monkeypatch.setenv("PLUGWATCH_WORKSPACE", str(tmp_path))
    assert find_workspace(None) == tmp_path


def test_who_is_at_the_keyboard(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "login")
    assert current_user() == "login"

    own = tmp_path / "plugwatch" / "config.toml"
    own.parent.mkdir()
    own.write_text('name = "Dana"\nemail = "dana@agency.example"\n', encoding="utf-8")
    assert current_user() == "Dana"

    monkeypatch.setenv("PLUGWATCH_USER", "eve")
    assert current_user() == "eve"


def test_a_user_without_name_and_home(monkeypatch):
    for name in ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 2_000_000_000)

    assert current_user() == "uid 2000000000"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'nam = "x"\n', "unknown key 'nam'; the nearest one is 'name'"),
        (b"name = 3\n", "'name' must be text in quotes"),
        (b"name = \n", "Invalid value"),
        (b'name = "\xff"\n', "not UTF-8 text"),
    ],
)
def test_the_users_own_file_can_be_wrong_too(tmp_path, monkeypatch, content, why):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = tmp_path / "plugwatch" / "config.toml"
    own.parent.mkdir()
    own.write_bytes(content)

    with pytest.raises(ConfigError) as error:
        current_user()

    assert str(error.value).startswith(f"{own}: ")
    assert why in str(error.value)


def test_every_checked_key_exists():
    assert set(config._CHECKS) <= set(_keys(Settings()._asdict()))


def _keys(tables, above=""):
    for name, value in tables.items():
        yield from _keys(value._asdict(), f"{above}{name}.") if isinstance(value, tuple) else [f"{above}{name}"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[sla.shop]\nhours = 'all day'", "'sla.shop.hours': 'all' is no part of working hours"),
        (
            "[sla.shop]\nfirst_respond = '1h'",
            "unknown key 'sla.shop.first_respond'; the nearest one is 'sla.shop.first_",
        ),
        ("[sla]\nshop = '1h'", "[sla.shop] is a table of keys, not a value"),
        ("[messages]\nvia = 'pigeon'", "'messages.via': 'pigeon' is none of "),
        ("[messages]\nchat_names = 'yes'", "'messages.chat_names' must be true or false"),
        ("[desk]\nsubject = 'Ticket'", "'desk.subject': write how the help desk marks a ticket"),
        ("[report]\naccent = 'blue'", "'report.accent': 'blue' is no colour; write it as #rrggbb, such as #0b57a4"),
        ("[report]\nlanguage = 'Klingon!'", "'report.language'"),
        ("[agency]\nhourly_rate = -1", "'agency.hourly_rate': -1 is no hourly rate"),
        ("[agency]\nlanguage = 'English'", "'agency.language': 'English' is not a language"),
        ("[inventory]\nstale_after = 'never'", "'inventory.stale_after': 'never' is not a span of time"),
        ("[rota]\npeople = 'ana'", "[rota]: "),
    ],
)
def test_new_tables_say_what_is_wrong_with_them(text, why):
    with pytest.raises(ConfigError) as error:
        settings_from_text(text, "x.toml")

    assert str(error.value).startswith("x.toml: ")
    assert why in str(error.value)


def test_whole_numbers_are_hourly_rates_too():
    assert settings_from_text("[agency]\nhourly_rate = 90", "x.toml").agency.hourly_rate == 90.0
