from __future__ import annotations

import subprocess

from peers.wordpress_org import DOWN, WordPressOrgServer

DOCUMENT = {"ok": bool, "checks": [{"what": str, "state": {"ok", "missing", "bad"}, "detail": str}]}


def _states(answer) -> dict[str, str]:
    return {check["what"]: check["state"] for check in answer.json["checks"]}


def test_a_sound_workspace(plugwatch, workspace, conforms):
    answer = plugwatch("doctor", "--json")

    conforms(answer.json, DOCUMENT)
    states = _states(answer)
    assert answer.json["ok"]
    assert {states[what] for what in ("git", "workspace", "agency", "ledger", "templates")} == {"ok"}
    assert "CHECK\tSTATE\tDETAIL" in plugwatch("doctor").out


def test_secrets_are_present_or_not_and_never_shown(plugwatch, workspace, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_GITHUB_TOKEN", "hunter2hunter2")

    answer = plugwatch("doctor", "--json")

    states = _states(answer)
    assert states["secret PLUGWATCH_GITHUB_TOKEN"] == "ok"
    assert states["secret PLUGWATCH_SMTP_PASSWORD"] == "missing"
    assert "hunter2" not in answer.out + plugwatch("doctor").out


def test_secrets_that_are_not_set_share_a_line(plugwatch, workspace, monkeypatch):
    monkeypatch.setenv("PLUGWATCH_SMTP_PASSWORD", "hunter2hunter2")

    rows = [line.split("\t") for line in plugwatch("doctor").out.splitlines()]

    secrets = [row for row in rows if "secret" in row[0]]
    assert [row[:2] for row in secrets] == [["secret PLUGWATCH_SMTP_PASSWORD", "ok"], ["other secrets", "missing"]]
    assert "PLUGWATCH_GITHUB_TOKEN, GITHUB_TOKEN, " in secrets[1][2]
    assert "SMTP" not in secrets[1][2]


def test_a_ref_that_git_cannot_read_is_named_and_put_back_by_who_opens_the_fork(plugwatch, workspace, request):
    plugwatch("fork", "create", "plugin/tidy-forms", "--from", request.path.parents[2] / "examples/tidy-forms/1.2.4")
    tag = workspace / "forks" / "plugin" / "tidy-forms.git" / "refs" / "tags" / "upstream" / "1.2.4"
    before = tag.read_bytes()
    tag.write_bytes(b"")

    details = {check["what"]: check["detail"] for check in plugwatch("doctor", "--json", code=1).json["checks"]}

    assert "git cannot read refs/tags/upstream/1.2.4" in details["fork plugin/tidy-forms"]
    assert tag.read_bytes() == b""  # the doctor writes nothing
    assert plugwatch("fork", "list", "--json").json[0]["releases"] == 1
    assert tag.read_bytes() == before


def test_without_a_workspace_the_machine_is_looked_at_all_the_same(plugwatch):
    answer = plugwatch("doctor", "--json", code=1)

    assert not answer.json["ok"]
    assert _states(answer)["git"] == "ok"
    assert "plugwatch init" in {check["what"]: check["detail"] for check in answer.json["checks"]}["workspace"]


def test_without_git_and_php(plugwatch, workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    answer = plugwatch("doctor", "--json", code=1)

    states = _states(answer)
    assert (states["git"], states["php"], states["ledger"]) == ("bad", "missing", "ok")


def test_a_git_that_is_too_old(plugwatch, workspace, monkeypatch, tmp_path):
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text("#!/bin/sh\necho git version 2.37.9\n", encoding="utf-8")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(git.parent))

    details = {check["what"]: check["detail"] for check in plugwatch("doctor", "--json", code=1).json["checks"]}

    assert details["git"] == "git version 2.37.9 is too old; install git 2.38 or newer"


def test_one_broken_thing_does_not_hide_the_others(plugwatch, workspace, request):
    release = request.path.parents[2] / "examples" / "tidy-forms" / "1.2.4"
    plugwatch("fork", "create", "plugin/tidy-forms", "--from", release)
    plugwatch("fork", "create", "plugin/other", "--version", "1", "--from", release)
    (workspace / "plugwatch.db").write_bytes(b"no ledger at all, whatever its name says" * 100)
    fork = workspace / "forks" / "plugin" / "other.git"
    tree = subprocess.run(
        ["git", "-C", fork, "rev-parse", "refs/tags/upstream/1^{tree}"], capture_output=True, check=True, text=True
    ).stdout.strip()
    for pack in [*fork.glob("objects/pack/*"), fork / "objects" / tree[:2] / tree[2:]]:
        pack.unlink(missing_ok=True)

    states = _states(plugwatch("doctor", "--json", code=1))

    assert states["ledger"] == "bad"
    assert states["fork plugin/other"] == "bad"
    assert states["fork plugin/tidy-forms"] == "ok"


def test_templates_of_ones_own_must_replace_one(plugwatch, workspace):
    own = workspace / "templates" / "upstream" / "forum" / "bug.j2"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: x\n", encoding="utf-8")
    details = {check["what"]: check["detail"] for check in plugwatch("doctor", "--json").json["checks"]}
    assert details["templates"] == "1 of your own"

    own.rename(own.with_name("bugs.j2"))
    answer = plugwatch("doctor", "--json", code=1)
    assert [c["state"] for c in answer.json["checks"] if c["what"] == "templates"] == ["bad", "ok"]
    assert "bugs.j2 replaces nothing" in answer.out


def test_a_language_of_ones_own_replaces_nothing_and_is_welcome(plugwatch, workspace):
    own = workspace / "templates" / "client" / "fr" / "resolved.j2"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: x\n", encoding="utf-8")
    details = {check["what"]: check["detail"] for check in plugwatch("doctor", "--json").json["checks"]}
    assert details["templates"] == "1 of your own"


def test_every_secret_has_a_line_and_those_of_one_host_are_named_as_they_are_set(plugwatch, workspace, monkeypatch):
    states = _states(plugwatch("doctor", "--json"))
    assert {what: state for what, state in states.items() if what.startswith("secret ")} == dict.fromkeys(
        (
            *("secret PLUGWATCH_GITHUB_TOKEN", "secret GITHUB_TOKEN", "secret PLUGWATCH_GIT_TOKEN"),
            *("secret COMPOSER_AUTH", "secret PLUGWATCH_MAINWP_TOKEN", "secret PLUGWATCH_SMTP_PASSWORD"),
            *(
                "secret PLUGWATCH_IMAP_PASSWORD",
                "secret PLUGWATCH_CHAT_URLS",
                "secret PLUGWATCH_GIT_AUTH_HOST",
                "secret PLUGWATCH_COMPOSER_AUTH_HOST",
            ),
            "secret PLUGWATCH_APP_PASSWORD_SITE",
        ),
        "missing",
    )
    for name in ("GIT_AUTH_GIT_VENDOR_EXAMPLE", "GIT_AUTH_A_EXAMPLE", "COMPOSER_AUTH_SHOP_EXAMPLE", "GIT_TOKEN"):
        monkeypatch.setenv(f"PLUGWATCH_{name}", "kim:hunter2")

    answer = plugwatch("doctor", "--json")

    states = _states(answer)
    assert {what for what, state in states.items() if what.startswith("secret ") and state == "ok"} == {
        "secret PLUGWATCH_GIT_AUTH_A_EXAMPLE",
        "secret PLUGWATCH_GIT_AUTH_GIT_VENDOR_EXAMPLE",
        "secret PLUGWATCH_COMPOSER_AUTH_SHOP_EXAMPLE",
        "secret PLUGWATCH_GIT_TOKEN",
    }
    assert "secret PLUGWATCH_GIT_AUTH_HOST" not in states
    assert "hunter2" not in answer.out + answer.err + plugwatch("doctor").out


def _point_at(workspace, directory, github):
    settings = workspace / "plugwatch.toml"
    place = f'[wordpress_org]\napi_url = "{directory}"\ndownloads_url = "{directory}"\n'
    settings.write_text(f'{settings.read_text()}\n{place}\n[github]\napi_url = "{github}"\n', encoding="utf-8")


def test_the_network_is_asked_only_when_a_person_wants_it(plugwatch, workspace, conforms):
    with WordPressOrgServer() as server:
        _point_at(workspace, server.url, server.url)
        assert "next: plugwatch doctor --network" in plugwatch("doctor").err
        assert server.requests == []
        answer = plugwatch("doctor", "--network", "--json")
        assert len(server.requests) == 3

    roads = {c["what"]: c for c in answer.json["checks"] if c["what"].startswith("network ")}
    assert list(roads) == ["network WordPress.org API", "network WordPress.org downloads", "network GitHub API"]
    assert {road["state"] for road in roads.values()} == {"ok"}
    assert "next: plugwatch check" in plugwatch("doctor", "--network", code=4).err  # the server has gone


def test_a_road_that_leads_nowhere_is_unknown_and_one_that_is_none_is_bad(plugwatch, workspace, conforms):
    with WordPressOrgServer() as server:
        server.go_wrong(DOWN, times=3)
        _point_at(workspace, server.url, server.url)
        answer = plugwatch("doctor", "--network", "--json", code=4)
    states = {"ok", "missing", "unknown"}
    conforms(answer.json, {"ok": False, "checks": [{"what": str, "state": states, "detail": str}]})
    assert answer.json["ok"] is False
    assert [c["state"] for c in answer.json["checks"][-3:]] == ["unknown"] * 3

    settings = workspace / "plugwatch.toml"
    settings.write_text(settings.read_text().replace("[github]\napi_url = ", '[github]\napi_url = "nowhere" # '))
    answer = plugwatch("doctor", "--network", "--json", code=1)
    assert answer.json["checks"][-1] == {
        "what": "network GitHub API",
        "state": "bad",
        "detail": "an address in plugwatch.toml is no web address; write https://HOST",
    }
