"""A vendor on a GitHub of our own, and our prepared commits; for tests of what we post there.

Not a test itself.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from peers.github import GitHub, Repository
from workbench import environment

from plugwatch.model.roads.posting import Branch, Posting
from plugwatch.model.roads.submission import DraftFile

TOKEN = "ghp_0fAna5Secret"
BRANCH = "fix/accept-the-nonce"
PATCH = (
    b"""From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001
From: Fernhill Web <dev@fernhill.example>
Date: Wed, 20 May 2026 12:00:00 +0000
Subject: [PATCH] Accept the nonce

---
 forms.php | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

diff --git a/forms.php b/forms.php
index 1111111..2222222 100644
--- a/forms.php
+++ b/forms.php
@@ -1,2 +1,2 @@
 <?php
-// broken
+// fixed
"""
    b"-- \n2.39.5\n"
)


@dataclass
class Vendor:
    """The vendor's repository on GitHub, and a clone of ours with the commit to offer."""

    github: GitHub
    repository: Repository
    clone: Path
    pushes: list[tuple[str, str]] = field(default_factory=list)

    def push(self, clone_url: str, branch: str) -> str:
        """Push the prepared commit as git does; the commit."""
        self.pushes.append((clone_url, branch))
        url = clone_url.replace("://", f"://x-access-token:{TOKEN}@")
        self._git("push", "--quiet", "--force", url, f"HEAD:refs/heads/{branch}")
        return self._git("rev-parse", "HEAD")

    def rework(self, text: str = "<?php\n// fixed better\n") -> str:
        """Another version of the commit."""
        (self.clone / "forms.php").write_text(text)
        self._git("commit", "--quiet", "--all", "--amend", "--message", "Accept the nonce")
        return self._git("rev-parse", "HEAD")

    def _git(self, *args: str) -> str:
        env = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
        people = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
        env |= dict.fromkeys(people, "ana@fernhill.example")
        done = subprocess.run(["git", *args], cwd=self.clone, env=env, capture_output=True, check=True)
        return done.stdout.decode().strip()

    @property
    def web(self) -> str:
        """The address of the repository's page."""
        return f"{self.github.url}/{self.repository.full_name}"

    def posting(self, road: str = "github-pr", **changed: object) -> Posting:
        """A patch that is offered, or with ``changed`` something else."""
        branch = Branch(BRANCH, self._git("rev-parse", "HEAD")) if road == "github-pr" else None
        base = Posting(
            key="SUB-1/1",
            road=road,
            target=self.repository.full_name,
            kind="patch",
            title="Accept the nonce",
            body="## What?\n\nThe nonce is accepted.\n",
            files=(DraftFile("0001-Accept-the-nonce.patch", PATCH, "text/x-patch"),),
            since=datetime.now(timezone.utc),
            branch=branch,
        )
        return Posting(**{**vars(base), **changed})  # type: ignore[arg-type]


@contextmanager
def vendor_on_github(folder: Path) -> Iterator[Vendor]:
    """The vendor ``makers/forms``, and the account ``ana`` whose token is in the environment."""
    github = GitHub(folder / "github", tokens=())
    github.account(TOKEN, "ana")
    repository = github.add("makers/forms")
    repository.commit("main", {"forms.php": b"<?php\n// broken\n"}, "First")
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(repository.directory), str(clone)], check=True)
    vendor = Vendor(github, repository, clone)
    (clone / "forms.php").write_text("<?php\n// fixed\n")
    vendor._git("commit", "--quiet", "--all", "--message", "Accept the nonce")
    with github.running(), environment(PLUGWATCH_GITHUB_TOKEN=TOKEN):
        yield vendor
