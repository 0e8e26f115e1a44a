"""``plugwatch patch import``: from GitHub, Trac, GitLab and plain addresses, whole or split, with other layouts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers.github import GitHub, Repository
from peers.loopback import Peer, Reply, Request, json_reply
from workbench import (
    Workspace,
    environment,
    fsck,
    git,
    git_text,
    mail_file,
    make_workspace,
    plugin,
    write_files,
)

TIDY = "plugin/tidy-forms"
AUTHOR = "Mika Lind <mika@vendor.example>"
DIFF = b"--- a/readme.txt\n+++ b/readme.txt\n@@ -1,2 +1,2 @@\n === Tidy Forms ===\n-Forms, tidied.\n+Forms, tidier.\n"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with release 1.0.0 of Tidy Forms."""
    folder = tmp_path_factory.mktemp("imports")
    make_workspace(folder / "ws").do("fork", "create", TIDY, "--from", write_files(folder / "1.0.0", plugin("1.0.0")))
    return folder


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of it for one test."""
    shutil.copytree(template / "ws", tmp_path / "ws")
    return Workspace(tmp_path / "ws")


@pytest.fixture
def github(tmp_path: Path, workspace: Workspace) -> Iterator[GitHub]:
    """GitHub, to which the workspace talks."""
    peer = GitHub(tmp_path / "github")
    with peer.running():
        settings = workspace.folder / "plugwatch.toml"
        settings.write_text(settings.read_text() + f'\n[github]\napi_url = "{peer.api_url}"\n')
        yield peer


@pytest.fixture
def repository(github: GitHub) -> Repository:
    """The vendor's repository: the plugin in a folder of its own, beside what is never shipped."""
    made = github.add("vendor/forms-monorepo")
    files = {f"plugins/tidy-forms/{path}": content for path, content in plugin("1.0.0").items()}
    made.commit("main", files | {"README.md": b"All our plugins\n"}, "Everything")
    made.branch("fix", "main")
    return made


class Forge(Peer):
    """A Trac, a GitLab and a plain server in one: the files are what is at each path."""

    def __init__(self) -> None:
        super().__init__()
        self.files: dict[str, bytes] = {}

    def reply(self, request: Request) -> Reply:
        """The file, or 404."""
        form = request.query.get("format")
        body = self.files.get(f"{request.path}?format={form}" if form else request.path)
        return Reply(404) if body is None else Reply(200, body)


@pytest.fixture
def forge() -> Iterator[Forge]:
    """The other server."""
    peer = Forge()
    with peer.running():
        yield peer


def stack(workspace: Workspace) -> list[str]:
    """The patches carried, bottom first."""
    return [row["patch"] for row in workspace.do("patch", "list", TIDY, "--json").json]


def carried_file(workspace: Workspace, path: str) -> str:
    return git_text(workspace.fork(), "show", f"carried/1.0.0:{path}")


def test_a_pull_request_brings_its_title_reason_author_and_address(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    mail = "plugins/tidy-forms/includes/mail.php"
    repository.commit("fix", {mail: mail_file(seconds=30)}, "Wait longer", author=AUTHOR)
    tests = {"plugins/tidy-forms/tests/test-mail.php": b"<?php\n", "plugins/tidy-forms/changelog/fix-9": b"Fix\n"}
    repository.commit("fix", {mail: mail_file(seconds=60)} | tests, "Much longer", author="Ulli <ulli@vendor.example>")
    repository.open_pull("fix", "Wait a minute", "Ten seconds are short.\r\n<!-- Describe it! -->\r\n")
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    answer = workspace.do("patch", "import", TIDY, f"{address}/files", "--json")
    added = answer.json
    assert (added["files"], added["source"]) == (["includes/mail.php"], address)
    assert added["left_out"] == ["plugins/tidy-forms/changelog/fix-9", "plugins/tidy-forms/tests/test-mail.php"]
    assert "'plugins/tidy-forms/' was taken off the patch's paths" in answer.err
    shown = workspace.do("patch", "show", added["patch"], "--json").json
    assert (shown["title"], shown["author"], shown["source"]) == ("Wait a minute", AUTHOR, address)
    assert shown["why"] == "Ten seconds are short.\n\nCo-authored-by: Ulli <ulli@vendor.example>"
    assert carried_file(workspace, "includes/mail.php") == mail_file(seconds=60).decode().rstrip("\n")
    message = git_text(workspace.fork(), "log", "-1", "--format=%B", "carried/1.0.0")
    assert f"Plugwatch-Source: {address}" in message
    assert git_text(workspace.fork(), "log", "-1", "--format=%ad", "carried/1.0.0").startswith(
        "Fri Sep 12 10:11:12 2025"
    )
    assert f"from {address}" in workspace.do("patch", "show", added["patch"]).out
    assert fsck(workspace.fork()) == ""


def test_the_commits_of_a_pull_request_become_patches_in_one_operation(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    folder = "plugins/tidy-forms"
    repository.commit("fix", {f"{folder}/includes/mail.php": mail_file(seconds=60)}, "Wait a minute\n\nSlow servers.")
    repository.commit("fix", {f"{folder}/tests/test-mail.php": b"<?php\n"}, "Test it")
    repository.commit("fix", {f"{folder}/includes/mail.php": mail_file(seconds=90)}, "Wait longer")
    repository.open_pull("fix", "Wait")
    operations = git_text(workspace.fork(), "for-each-ref", "refs/plugwatch/ops").count("\n")
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    document = workspace.do("patch", "import", TIDY, address, "--split", "--json").json
    assert [row["title"] for row in document["patches"]] == ["Wait a minute", "Wait longer"]
    assert [row["title"] for row in document["left_out"]] == ["Test it"]
    assert "tests/test-mail.php" in document["left_out"][0]["reason"]
    assert stack(workspace) == [row["patch"] for row in document["patches"]]
    assert git_text(workspace.fork(), "for-each-ref", "refs/plugwatch/ops").count("\n") == operations + 1
    shown = workspace.do("patch", "show", stack(workspace)[0], "--json").json
    assert shown["why"] == "Slow servers."
    assert shown["source"].startswith(f"{github.url}/vendor/forms-monorepo/commit/")


def test_when_one_commit_does_not_fit_nothing_is_added(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    repository.commit("fix", {"plugins/tidy-forms/readme.txt": b"=== Tidy Forms ===\nTidier.\n"}, "Readme")
    repository.commit("fix", {"plugins/tidy-forms/includes/new.php": b"<?php\n"}, "New")
    repository.commit("fix", {"plugins/tidy-forms/tidy-forms.php": b"<?php\n// rewritten\n"}, "Rewrite")
    repository.open_pull("fix", "Mixed")
    older = write_files(workspace.folder.parent / "0.9", plugin("0.9"))
    workspace.do("fork", "import", TIDY, "--from", older)
    before = git_text(workspace.fork(), "for-each-ref")
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    answer = workspace.run("patch", "import", TIDY, address, "--split", "--on", "0.9")
    assert answer.code == 1
    assert "1 of 3 patches cannot be added, so none was: 'Rewrite': tidy-forms.php" in answer.err
    assert git_text(workspace.fork(), "for-each-ref") == before
    titled = workspace.run("patch", "import", TIDY, address, "--split", "--title", "T")
    assert titled.code == 2
    assert "--title names one patch, and these are 3" in titled.err


def test_a_pull_request_with_a_merge_is_taken_whole(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    one = repository.commit("fix", {"plugins/tidy-forms/readme.txt": b"=== Tidy Forms ===\nTidier.\n"}, "Readme")
    trunk = repository.commit("main", {"README.md": b"More of our plugins\n"}, "Meanwhile")
    repository.commit("fix", {"README.md": b"More of our plugins\n"}, "Merge main", parents=(one, trunk))
    repository.open_pull("fix", "Say it better")
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    refused = workspace.run("patch", "import", TIDY, address, "--split")
    assert refused.code == 1
    assert "has a merge" in refused.err
    assert "without --split" in refused.err
    assert workspace.do("patch", "import", TIDY, address, "--json").json["files"] == ["readme.txt"]


def test_a_commit_and_a_comparison(workspace: Workspace, github: GitHub, repository: Repository) -> None:
    path = "plugins/tidy-forms/includes/mail.php"
    sha = repository.commit("fix", {path: mail_file(seconds=60)}, "Wait a minute\n\nSlow.")
    repository.commit("fix", {path: mail_file(seconds=60, subject="'Hello'")}, "Greet")
    place = f"{github.url}/vendor/forms-monorepo"
    added = workspace.do("patch", "import", TIDY, f"{place}/commit/{sha[:9]}.patch", "--json").json
    assert added["title"] == "Wait a minute"
    assert added["source"] == f"{place}/commit/{sha[:9]}"
    again = workspace.run("patch", "import", TIDY, f"{place}/pull/7/commits/{sha}")
    assert (again.code, "all of this patch is there already" in again.err) == (1, True)
    comparison = workspace.run("patch", "import", TIDY, f"{place}/compare/{sha}...fix", "--json")
    assert comparison.json["title"] == "Greet"
    two_dots = workspace.run("patch", "import", TIDY, f"{place}/compare/main..fix")
    assert (two_dots.code, "with three" in two_dots.err) == (1, True)


def test_binary_files_come_from_the_mails_where_the_diff_lacks_them(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    picture = bytes(range(256)) * 3
    repository.commit("fix", {"plugins/tidy-forms/icon.png": picture}, "Add an icon")
    repository.open_pull("fix", "Add an icon")
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    assert workspace.do("patch", "import", TIDY, address, "--json").json["files"] == ["icon.png"]
    assert git(workspace.fork(), "show", "carried/1.0.0:icon.png") == picture
    accepts = [request.headers["Accept"] for request in github.requests if request.path.endswith("/pulls/1")]
    assert accepts[-2:] == ["application/vnd.github.diff", "application/vnd.github.patch"]


def test_a_private_repository_is_read_with_the_token_of_the_environment(workspace: Workspace, github: GitHub) -> None:
    hidden = github.add("vendor/secret", private=True)
    hidden.commit("main", plugin("1.0.0"), "Everything")
    hidden.branch("fix", "main")
    hidden.commit("fix", {"readme.txt": b"=== Tidy Forms ===\nForms, tidier.\n"}, "Say it better")
    hidden.open_pull("fix", "Say it better")
    address = f"{github.url}/vendor/secret/pull/1"
    stranger = workspace.run("patch", "import", TIDY, address)
    assert stranger.code == 1
    assert "knows no pull request 1 of vendor/secret, or hides it; set PLUGWATCH_GITHUB_TOKEN" in stranger.err
    with environment(GITHUB_TOKEN="bad-token"):
        refused = workspace.run("patch", "import", TIDY, address)
    assert (refused.code, refused.out) == (1, "")
    assert "does not accept the token in GITHUB_TOKEN" in refused.err
    with environment(PLUGWATCH_GITHUB_TOKEN="good-token", GITHUB_TOKEN="bad-token"):
        done = workspace.do("patch", "import", TIDY, address, "--json")
    assert done.json["files"] == ["readme.txt"]
    assert "good-token" not in done.out + done.err + git_text(workspace.fork(), "log", "--all", "--format=%B")


def limited(status: int, **headers: str) -> Reply:
    return json_reply({"message": "API rate limit exceeded for 192.0.2.1."}, status, **headers)


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (limited(403, X_RateLimit_Remaining="0", X_RateLimit_Reset="1779278400"), 4, "until 12:00 UTC; wait, or set"),
        (limited(429, Retry_After="3600"), 4, "as often as it will"),
        (json_reply({"message": "Resource not accessible by personal access token"}, 403), 1, "does not let us read"),
        (json_reply({"message": "Gone"}, 410), 1, "or hides it"),
        (json_reply(["no", "object"]), 4, "does not answer as GitHub's API does"),
        (json_reply({"full_name": 7}), 4, "does not answer as GitHub's API does"),
        (Reply(200, b"<html>Sign in</html>"), 4, "does not answer as GitHub's API does"),
        (Reply(301, headers={"Location": "https://evil.example/x"}), 4, "does not answer as GitHub's API does"),
    ],
)
def test_what_github_may_say_instead_is_one_helpful_sentence(
    workspace: Workspace, github: GitHub, repository: Repository, reply: Reply, code: int, words: str
) -> None:
    github.plan("/api/v3/repos/vendor/forms-monorepo", reply, reply)  # PyGithub asks again for what is lacking
    answer = workspace.run("patch", "import", TIDY, f"{github.url}/vendor/forms-monorepo/pull/1")
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err
    assert len(answer.err.splitlines()) == 1


def test_a_diff_that_github_does_not_make_and_one_behind_a_busy_server(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    repository.commit("fix", {"plugins/tidy-forms/readme.txt": b"=== Tidy Forms ===\nTidier.\n"}, "Readme")
    repository.open_pull("fix", "Say it better")
    path, address = "/api/v3/repos/vendor/forms-monorepo/pulls/1", f"{github.url}/vendor/forms-monorepo/pull/1"
    whole = github.reply(Request(path, {}, {}))
    github.plan(path, whole, json_reply({"message": "diff exceeded the maximum number of lines (20000)"}, 406))
    answer = workspace.run("patch", "import", TIDY, address)
    assert (answer.code, "too large" in answer.err) == (1, True)
    github.plan(path, Reply(502), whole, Reply(503, headers={"Retry-After": "0"}))
    assert workspace.do("patch", "import", TIDY, address, "--json").json["files"] == ["readme.txt"]


@pytest.mark.parametrize("page", ["issues/3", "pull/1x", "tree/main"])
def test_other_pages_of_github_are_no_patches(workspace: Workspace, github: GitHub, page: str) -> None:
    github.plan(f"/vendor/forms-monorepo/{page}", Reply(200, b"<!DOCTYPE html><title>GitHub</title>"))
    answer = workspace.run("patch", "import", TIDY, f"{github.url}/vendor/forms-monorepo/{page}", "--title", "T")
    assert answer.code == 1
    assert ("give the pull request" if "issues" in page else "a page for people") in answer.err


def test_a_trac_attachment_and_a_ticket_with_one(workspace: Workspace, forge: Forge) -> None:
    forge.files["/raw-attachment/ticket/42/fix.2.diff"] = DIFF.replace(b"a/", b"").replace(b"b/", b"")
    forge.files["/ticket/42?format=csv"] = b"\xef\xbb\xbfid,summary\r\n42,Say it better\r\n"
    forge.files["/ticket/42"] = (
        b'<a href="/attachment/ticket/42/fix.2.diff">f</a> <a href="/attachment/ticket/42/a.png">'
    )
    page = f"{forge.url}/attachment/ticket/42/fix.2.diff"
    added = workspace.do("patch", "import", TIDY, page, "--json").json
    assert (added["title"], added["source"]) == ("Say it better (#42)", page)
    again = workspace.run("patch", "import", TIDY, f"{forge.url}/ticket/42#comment:3")
    assert "all of this patch is there already" in again.err
    forge.files["/ticket/42"] += b'<a href="/attachment/ticket/42/other.patch">'
    forge.files["/ticket/42"] += b'<a href="http://evil.example/attachment/ticket/42/evil.patch">'
    several = workspace.run("patch", "import", TIDY, f"{forge.url}/ticket/42")
    assert several.code == 1
    assert "has several patches (fix.2.diff, other.patch); give the address of one" in several.err
    forge.files["/ticket/43"] = b"<html>nothing</html>"
    assert "has no *.diff" in workspace.run("patch", "import", TIDY, f"{forge.url}/ticket/43").err


def test_gitlab_and_a_raw_address_whose_query_is_a_secret(workspace: Workspace, forge: Forge) -> None:
    mail = b"From: Mika Lind <mika@vendor.example>\nSubject: [PATCH] Say it better\n\nBecause.\n---\n" + DIFF
    forge.files["/group/forms/-/commit/0123abcd.patch"] = mail
    page = f"{forge.url}/group/forms/-/commit/0123abcd"
    added = workspace.do("patch", "import", TIDY, page, "--json").json
    assert (added["title"], added["source"]) == ("Say it better", page)
    forge.files["/group/forms/-/merge_requests/7.diff"] = DIFF.replace(b"tidier", b"best").replace(b"tidied", b"tidier")
    page = f"{forge.url}/group/forms/-/merge_requests/7/diffs?tab=x"
    assert workspace.do("patch", "import", TIDY, page, "--title", "Best", "--json").json["source"] == page[:-12]
    forge.files["/fix.diff"] = DIFF.replace(b"tidied", b"best")
    secret = f"{forge.url.replace('//', '//kim:hunter2@')}/fix.diff?key=hunter3"
    added = workspace.do("patch", "import", TIDY, secret, "--title", "T", "--json")
    assert added.json["source"] == f"{forge.url}/fix.diff"
    assert "hunter" not in added.out + added.err + git_text(workspace.fork(), "log", "--all", "--format=%B")


def test_a_file_of_several_mails_is_one_patch_or_one_for_each(workspace: Workspace, tmp_path: Path) -> None:
    write_files(tmp_path / "repo", plugin("1.0.0"))
    git(tmp_path / "repo", "init", "--quiet")
    for number, seconds in enumerate((10, 20, 30)):
        write_files(tmp_path / "repo", {"includes/mail.php": mail_file(seconds=seconds)})
        git(tmp_path / "repo", "add", "--all")
        git(tmp_path / "repo", "commit", "--quiet", "--message", f"Step {number}")
    file = tmp_path / "series.patch"
    file.write_bytes(git(tmp_path / "repo", "format-patch", "--stdout", "HEAD~2"))
    before = git_text(workspace.fork(), "for-each-ref")
    rows = workspace.do("patch", "import", TIDY, file, "--split", "--json").json["patches"]
    assert [row["title"] for row in rows] == ["Step 1", "Step 2"]
    assert git_text(workspace.fork(), "for-each-ref") != before
    assert carried_file(workspace, "includes/mail.php") == mail_file(seconds=30).decode().rstrip("\n")


def test_paths_that_a_person_sets_right(workspace: Workspace, tmp_path: Path) -> None:
    odd = DIFF.replace(b"a/readme", b"x/y/code/readme").replace(b"b/readme", b"x/y/code/readme")
    missing = b"--- a/x/y/code/inc/gone.php\n+++ b/x/y/code/inc/gone.php\n@@ -1 +1 @@\n-a\n+b\n"
    file = write_files(
        tmp_path, {"odd.diff": odd, "half.diff": odd + missing.replace(b"a/x", b"x").replace(b"b/x", b"x")}
    )
    refused = workspace.run("patch", "import", TIDY, file / "half.diff", "--title", "T")
    assert refused.code == 1
    assert "'inc/gone.php', which is not in the release" in refused.err
    assert "--leave-out" in refused.err
    added = workspace.do(
        "patch", "import", TIDY, file / "half.diff", "--title", "T", "--leave-out", "inc", "--json"
    ).json
    assert (added["files"], added["left_out"]) == (["readme.txt"], ["x/y/code/inc/gone.php"])
    for options in (("--strip", "3"), ("--prefix", "x/y/code/")):
        again = workspace.run("patch", "import", TIDY, file / "odd.diff", "--title", "T", *options)
        assert "all of this patch is there already" in again.err
    wrong = workspace.run("patch", "import", TIDY, file / "odd.diff", "--title", "T", "--prefix", "x/z")
    assert "has no file below 'x/z'" in wrong.err
    assert workspace.run("patch", "import", TIDY, file / "odd.diff", "--prefix", "x", "--strip", "1").code == 2
    assert workspace.run("patch", "import", TIDY, file / "odd.diff", "--package", "a/b").code == 2
    assert "no such file" in workspace.run("patch", "import", TIDY, file / "none.diff").err


@pytest.mark.parametrize(
    "content",
    [
        DIFF.replace(b"readme.txt", b"../../readme.txt"),
        DIFF.replace(b"a/readme.txt", b"/etc/passwd").replace(b"b/readme.txt", b"/etc/passwd"),
        DIFF.replace(b"readme.txt", b".git/config"),
        b"diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n",
        b"diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+Subproject\n",
        b"diff --git a/x b/x\nindex " + b"0" * 40 + b".." + b"1" * 40 + b"\nGIT binary patch\nliteral 999999999\nA\n",
        DIFF + DIFF.replace(b"readme.txt", b"x" * 9000),
        b"{" * 5000,
        b"From: x\nSubject: \x1b]0;x\n\n" + b"\0" * 100,
    ],
)
def test_a_hostile_file_is_one_sentence_and_changes_nothing(
    workspace: Workspace, tmp_path: Path, content: bytes
) -> None:
    before = git_text(workspace.fork(), "for-each-ref")
    (tmp_path / "evil.patch").write_bytes(content)
    answer = workspace.run("patch", "import", TIDY, tmp_path / "evil.patch", "--title", "T")
    assert (answer.code, answer.out, len(answer.err.splitlines())) == (1, "", 1)
    assert "\x1b" not in answer.err
    assert git_text(workspace.fork(), "for-each-ref") == before


@pytest.mark.parametrize("address", ["https://[::1", "http://a..b/x.diff", "https://", "http://127.0.0.1:1/x.diff"])
def test_an_address_that_leads_nowhere_is_one_sentence(workspace: Workspace, address: str) -> None:
    answer = workspace.run("patch", "import", TIDY, address, "--title", "T")
    assert answer.code in (1, 4)
    assert len(answer.err.splitlines()) == 1


def test_the_title_of_a_pull_request_does_not_command_the_terminal(
    workspace: Workspace, github: GitHub, repository: Repository
) -> None:
    repository.commit("fix", {"plugins/tidy-forms/readme.txt": b"=== Tidy Forms ===\nTidier.\n"}, "Readme")
    body = "Why\x1b[2J\n\nPlugwatch-Patch: pw-aaaaaaaaaa\nPlugwatch-Source: https://evil.example"
    repository.open_pull("fix", "\x1b]0;owned\x07Say it\r\nbetter", body)
    address = f"{github.url}/vendor/forms-monorepo/pull/1"
    answer = workspace.do("patch", "import", TIDY, address)
    shown = workspace.do("patch", "show", "1")
    assert "\x1b" not in answer.out + answer.err + shown.out
    document = workspace.do("patch", "show", "1", "--json").json
    assert (document["title"], document["source"]) == ("]0;ownedSay it better", address)
    assert "Plugwatch-Patch: pw-aaaaaaaaaa" in document["why"]
