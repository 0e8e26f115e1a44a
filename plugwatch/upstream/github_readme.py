"""The README of a repository on GitHub, where some say how they want to be written to."""

from __future__ import annotations

import base64
from urllib.parse import quote

from plugwatch.model.vendors.project import TextFile
from plugwatch.upstream.github_access import GitHubAccess

_LONGEST = 200_000


class GitHubReadmes(GitHubAccess):
    """GitHub, asked for READMEs (docs.github.com/en/rest/repos/contents, "Get a repository README")."""

    def readme(self, repository: str) -> TextFile | None:
        """The README of ``OWNER/NAME``; None where it has none. Raises PlugwatchError where GitHub cannot be asked."""
        answer = self.get(f"/repos/{quote(repository)}/readme", f"the README of {repository}")
        path, content = answer.row.get("path"), answer.row.get("content")
        if not isinstance(path, str) or not isinstance(content, str) or answer.row.get("encoding") != "base64":
            return None
        try:
            return TextFile(path, base64.b64decode(content).decode("utf-8", "replace")[:_LONGEST])
        except ValueError:  # binascii.Error is one, and so is what is no ASCII
            return None
