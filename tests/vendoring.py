"""A workspace whose patch a vendor has: on a GitHub of the test's own, with releases at a WordPress.org of its own."""

from __future__ import annotations

from pathlib import Path

from peers.github import GitHub, Pull, Repository
from peers.wordpress_org import WordPressOrgServer
from workbench import Workspace, mail_file, make_workspace, plugin, write_files, zip_files

TIDY = "plugin/tidy-forms"
# The patch waits 60 seconds: 2.0.0 lacks it, 2.1.0 conflicts with it, 3.0.0 has it.
RELEASES = {
    "1.0.0": mail_file(),
    "2.0.0": mail_file(subject="'Hello'"),
    "2.1.0": mail_file(seconds=15),
    "3.0.0": mail_file(seconds=60),
}


def point(workspace: Workspace, directory: WordPressOrgServer, github: GitHub) -> Workspace:
    """Let a workspace ask these, and nobody else."""
    settings = workspace.folder / "plugwatch.toml"
    places = (
        f'[wordpress_org]\napi_url = "{directory.url}"\ndownloads_url = "{directory.url}"\n'
        f'[github]\napi_url = "{github.api_url}"\npause = 0\n'
    )
    settings.write_text(f"{settings.read_text()}\n{places}", encoding="utf-8")
    return workspace


def offer(directory: WordPressOrgServer, folder: Path, *versions: str) -> None:
    """Let the directory have these versions, the last one as the newest."""
    directory.add_plugin("tidy-forms", versions=list(versions))
    for version in versions:
        archive = zip_files(folder / "made.zip", plugin(version, mail=RELEASES[version]), top="tidy-forms")
        directory.add_download("plugin", f"tidy-forms.{version}", archive.read_bytes())


def open_pull(repository: Repository) -> Pull:
    """A pull request of ours."""
    repository.branch("fix", repository.commit("main", {"mail.php": b"<?php\n"}, "Begin"))
    repository.commit("fix", {"mail.php": b"<?php // later\n"}, "Wait a minute")
    return repository.open_pull("fix", "Wait a minute", user="example-agency")


def post_by_hand(workspace: Workspace, road: str, url: str, *, at: str) -> str:
    """Write a draft for the patch, and say that it was posted at an address; the name of the submission."""
    patch = workspace.do("patch", "list", TIDY, "--json").json[0]["patch"]
    drafted = workspace.run(
        "submission", "draft", patch, "--via", road, "--repository", "larkspur/tidy-forms", "--json"
    )
    name: str = drafted.json["submission"]
    workspace.do("submission", "mark", name, "sent", "--url", url, "--at", at)
    return name


def make_told_workspace(folder: Path) -> Workspace:
    """A workspace in which SUB-1 (forum) and SUB-2 (github-pr) are drafted about INC-1, whose patch is on 1.0.0.

    ``sources/V`` hold the releases.
    """
    for version, mail in RELEASES.items():
        write_files(folder / "sources" / version, plugin(version, mail=mail))
    edited = write_files(folder / "sources" / "edited", plugin("1.0.0", mail=mail_file(seconds=60)))
    workspace = make_workspace(folder / "ws")
    told = ("--steps", "Send it.", "--expected", "It goes.", "--actual", "It waits.", "--title", "It waits too long")
    patch = ("--title", "Wait a minute", "--why", "Slow.", "--incident", "INC-1")
    workspace.do("site", "add", "shop", "--client", "acme", "--php", "8.3")
    workspace.do("incident", "open", "shop", TIDY, "nothing comes", "--at", "2026-09-30 10:00")
    workspace.do("incident", "set", "1", *told)
    workspace.do("fork", "create", TIDY, "--from", folder / "sources" / "1.0.0")
    workspace.do("patch", "capture", TIDY, edited, *patch)
    for road in ("forum", "github-pr"):
        workspace.run("submission", "draft", "1", "--via", road, "--repository", "larkspur/tidy-forms")
    return workspace
