from __future__ import annotations

import subprocess

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
