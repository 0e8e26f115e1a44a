"""The facts of a repository on GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from peers.github import GitHub as Peer
from peers.github import Repository
from peers.loopback import Reply, json_reply
from workbench import environment, git

from plugwatch.errors import ConfigError, InputError, NotFoundError, UnknownError
from plugwatch.model.vendors.project import ContactLink, Project, TextFile
from plugwatch.upstream.github_project import GitHubProjects
from plugwatch.upstream.issue_forms import read_yaml

FORM = b"""name: Bug
description: Something broke
title: "[Bug]: "
labels: [bug, triage]
body:
  - type: textarea
    id: steps
    attributes:
      label: Steps
    validations:
      required: true
"""
CONFIG = b"""blank_issues_enabled: false
contact_links:
  - name: Support
    url: https://vendor.example/support
    about: Ask here
  - name: Bad
    url: javascript:alert(1)
"""


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    made = Peer(tmp_path)
    with made.running(), environment(PLUGWATCH_GITHUB_TOKEN="good-token"):
        made.add("vendor/forms")
        yield made


@pytest.fixture
def repository(peer: Peer) -> Repository:
    return peer.repositories["vendor/forms"]


def look(peer: Peer, name: str = "vendor/forms") -> Project:
    return GitHubProjects(peer.api_url, pause=0).look(name)


def test_a_repository_with_everything(peer: Peer, repository: Repository) -> None:
    tip = repository.commit(
        "main",
        {
            ".github/PULL_REQUEST_TEMPLATE.md": b"## What?\r\n",
            ".github/ISSUE_TEMPLATE/bug.yml": FORM,
            ".github/ISSUE_TEMPLATE/old.md": b"---\nname: Old\ntitle: 'Bug:'\nlabels: a, b\n---\n**Describe**\n",
            ".github/ISSUE_TEMPLATE/config.yml": CONFIG,
            "docs/SECURITY.md": b"Write to security@vendor.example\n",
            "SECURITY.md": b"Write to us\n",
            "contributing.md": b"caf\xe9\n",
            "forms.php": b"<?php\n",
        },
        "Everything",
    )
    repository.roles["example-agency"] = "triage"
    repository.private_reporting = True
    project = look(peer)
    assert (project.name, project.renamed, project.default_branch, project.tip) == ("vendor/forms", False, "main", tip)
    assert (project.archived, project.has_issues, project.private, project.parent) == (False, True, False, None)
    assert (project.may_label, project.private_reporting, project.blank_issues) == (True, True, False)
    assert project.pushed_at == datetime(2025, 9, 12, 10, 11, 12, tzinfo=timezone.utc)
    assert project.pull_templates == (TextFile(".github/PULL_REQUEST_TEMPLATE.md", "## What?\n"),)
    assert project.security == (TextFile("SECURITY.md", "Write to us\n"),)
    assert project.contributing == (TextFile("contributing.md", "caf\ufffd\n"),)
    assert project.contact_links == (ContactLink("Support", "https://vendor.example/support", "Ask here"),)
    assert project.issue_forms is not None
    form, old = project.issue_forms
    assert (form.file, form.title, form.labels, form.fields[0].id) == ("bug.yml", "[Bug]: ", ("bug", "triage"), "steps")
    assert (old.file, old.name, old.title, old.labels) == ("old.md", "Old", "Bug:", ("a", "b"))
    assert project.unknown == ()


def test_looked_and_there_is_none(peer: Peer, repository: Repository) -> None:
    repository.commit("main", {"forms.php": b"<?php\n"}, "Bare")
    project = look(peer)
    assert (project.pull_templates, project.issue_forms, project.security, project.contributing) == ((), (), (), ())
    assert (project.blank_issues, project.contact_links, project.license) == (True, (), "")
    assert (project.may_label, project.unknown, project.pull_template) == (False, (), None)
    assert [path for path in peer.paths if "/contents" in path] == [
        "/api/v3/repos/vendor/forms/contents/",
        "/api/v3/repos/vendor/.github/contents/",
    ]


def test_could_not_look_is_not_none(peer: Peer, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugwatch.web.time.sleep", lambda _seconds: None)
    repository.commit("main", {"forms.php": b"<?php\n"}, "Bare")
    peer.plan("/api/v3/repos/vendor/forms/contents/", *[Reply(500)] * 90)
    project = look(peer)
    assert (project.pull_templates, project.issue_forms, project.security, project.tip) == (None, None, None, None)
    assert (project.blank_issues, project.contact_links, project.private_reporting) == (None, None, None)
    assert project.unknown == (
        "its security policy",
        "its rules for contributing",
        "its issue forms",
        "what its issue tracker takes",
        "its default branch",
        "its pull request template",
    )
    assert len(peer.requests) == 4  # who does not answer is not asked again and again


def test_what_a_token_may_not_see_is_unknown_and_the_rest_is_not(peer: Peer, repository: Repository) -> None:
    tip = repository.commit("main", {"SECURITY.md": b"Write to us\n"}, "Bare")
    peer.plan("/api/v3/repos/vendor/forms/private-vulnerability-reporting", json_reply({"message": "No"}, 403))
    peer.plan("/api/v3/repos/vendor/forms/contents/SECURITY.md", json_reply({"message": "No"}, 403))
    project = look(peer)
    assert (project.private_reporting, project.security, project.unknown) == (None, None, ("its security policy",))
    assert (project.tip, project.pull_templates) == (tip, ())


def test_the_owners_shared_repository_stands_in(peer: Peer, repository: Repository) -> None:
    repository.commit("main", {".github/PULL_REQUEST_TEMPLATE.md": b"ours\n"}, "Own template")
    shared = peer.add("vendor/.github")
    shared.commit("main", {"SECURITY.md": b"shared\n", ".github/PULL_REQUEST_TEMPLATE.md": b"theirs\n"}, "Shared")
    project = look(peer)
    assert project.security == (TextFile("vendor/.github:SECURITY.md", "shared\n"),)
    assert project.pull_templates == (TextFile(".github/PULL_REQUEST_TEMPLATE.md", "ours\n"),)


def test_every_place_of_a_pull_request_template(peer: Peer, repository: Repository) -> None:
    places = (
        "pull_request_template.md",
        "docs/Pull_Request_Template.md",
        ".github/PULL_REQUEST_TEMPLATE",
        "PULL_REQUEST_TEMPLATE/feature.md",
        ".github/PULL_REQUEST_TEMPLATE/bugfix.md",
    )
    for place in places:
        repository.commit("main", {place: place.encode()}, "One", parents=())
        assert look(peer).pull_templates == (TextFile(place, place),)
    both = dict.fromkeys(("PULL_REQUEST_TEMPLATE/a_feature.md", "PULL_REQUEST_TEMPLATE/bugfix.md"), b"x")
    repository.commit("main", both, "Several", parents=())
    chosen = look(peer).pull_template
    assert chosen
    assert chosen.path == "PULL_REQUEST_TEMPLATE/bugfix.md"


def test_a_renamed_fork_that_is_archived_without_issues(peer: Peer, repository: Repository) -> None:
    repository.commit("main", {"forms.php": b"<?php\n"}, "Bare")
    copy = peer.add("other/copy")
    copy.commit("main", {"forms.php": b"<?php\n"}, "Bare")
    copy.parent, copy.archived, copy.has_issues = repository, True, False
    peer.rename("other/copy", "else/forms")
    copy.move_default("trunk")
    project = look(peer, "other/copy")
    assert (project.name, project.asked, project.renamed) == ("else/forms", "other/copy", True)
    assert (project.archived, project.has_issues, project.parent) == (True, False, "vendor/forms")
    assert (project.default_branch, project.tip) == ("trunk", copy.resolve("trunk"))


def test_a_stranger_may_label_nothing_and_an_empty_repository_has_no_tip(peer: Peer) -> None:
    with environment(PLUGWATCH_GITHUB_TOKEN=""):
        project = look(peer)
    assert (project.may_label, project.tip, project.pull_templates) == (False, None, ())


def test_a_licence_by_its_name(peer: Peer, repository: Repository) -> None:
    document = peer.repository(repository)
    peer.plan("/api/v3/repos/vendor/forms", json_reply(document | {"license": {"spdx_id": "GPL-2.0"}}))
    assert look(peer).license == "GPL-2.0"


def test_what_is_not_there_or_not_a_name(peer: Peer) -> None:
    with pytest.raises(NotFoundError, match="knows no repository vendor/nothing, or hides it"):
        look(peer, "vendor/nothing")
    for name in ("vendor", "vendor/forms/x", "../user", "vendor/forms?x", ""):
        with pytest.raises(InputError, match="write OWNER/NAME"):
            look(peer, name)
    with environment(PLUGWATCH_GITHUB_TOKEN="bad-token"), pytest.raises(ConfigError, match="does not accept the token"):
        look(peer)
    peer.plan("/api/v3/repos/vendor/forms", json_reply({"full_name": "../x", "default_branch": "main"}))
    with pytest.raises(UnknownError, match="does not answer as GitHub's API does"):
        look(peer)


def test_hostile_files_are_left_out(peer: Peer, repository: Repository) -> None:
    bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nbody: [*b,*b]\n"
    repository.commit(
        "main",
        {
            ".github/ISSUE_TEMPLATE/bomb.yml": bomb,
            ".github/ISSUE_TEMPLATE/deep.yml": b"body: " + b"[" * 5000,
            ".github/ISSUE_TEMPLATE/object.yml": b"!!python/object/apply:os.system ['true']\n",
            ".github/ISSUE_TEMPLATE/config.yml": b"- a list\n",
            ".github/PULL_REQUEST_TEMPLATE.md": b"x" * 300_000,
        },
        "Hostile",
    )
    target = git(repository.directory, "hash-object", "-w", "--stdin", stdin=b"/etc/passwd").decode().strip()
    git(repository.directory, "update-index", "--add", "--cacheinfo", f"120000,{target},SECURITY.md")
    repository.commit("main", {"a.php": b"<?php\n"}, "Link")
    project = look(peer)
    assert (project.issue_forms, project.pull_templates, project.contact_links) == ((), (), ())
    assert project.unknown == ()


def test_yaml_of_strangers() -> None:
    assert read_yaml("a: yes\nb: [1, 'No']\n") == {"a": "yes", "b": ["1", "No"]}
    for text in ("a: [", "a: &x 1\nb: *x\n", "[" * 30 + "]" * 30, "- x\n" * 30_000, "a: \x00"):
        assert read_yaml(text) is None


def test_the_words_of_a_project_stay_the_same_when_asked_for_in_another_case(
    peer: Peer, repository: Repository
) -> None:
    repository.commit("main", {"forms.php": b"<?php\n"}, "Bare")
    assert not look(peer, "Vendor/Forms").renamed
    assert replace(look(peer, "Vendor/Forms"), asked="vendor/forms") == look(peer)


@pytest.mark.parametrize("text", [b" \n" * 2_000, b"#" * 31_000])
def test_a_template_without_end_is_left_and_told(peer: Peer, repository: Repository, text: bytes) -> None:
    repository.commit("main", {".github/pull_request_template.md": text}, "A template")
    project = look(peer)
    assert project.pull_templates == ()
    assert ".github/pull_request_template.md, which is too long" in project.unknown
