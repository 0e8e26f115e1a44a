"""The last step of a build: every file as it goes out, with what marks it as ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plugwatch.model.builds.block_json import is_block, set_block_version
from plugwatch.model.builds.build import BuildInput
from plugwatch.model.builds.notices import add_notices, notice
from plugwatch.model.builds.readme_note import add_note, is_readme
from plugwatch.model.builds.stamp import stamp
from plugwatch.model.headers import Main
from plugwatch.model.sharing import vendor_version

HEADERS_MARK = "headers that mark the build: version and update address"
README_MARK = "note about this copy"
BLOCK_MARK = "version, so that browsers fetch the block's files anew"


@dataclass(frozen=True)
class Finisher:
    """What is done to the files of one build; ``notices`` are the comments for each path that a patch changes."""

    build: BuildInput
    main: Main
    notices: Mapping[str, list[str]]

    @classmethod
    def of(cls, build: BuildInput, main: Main) -> Finisher:
        """The last step of a build whose main file is known."""
        notices: dict[str, list[str]] = {}
        for patch in build.recipe.patches:
            text = notice(patch, build.recipe.agency)
            for path in dict.fromkeys(patch.files):
                notices.setdefault(path, []).append(text)
        return cls(build, main, notices)

    def finish(self, path: str, data: bytes) -> tuple[bytes, str]:
        """The bytes of one file as they go into the build, and what of it marks the build, "" for nothing.

        Raises PlugwatchError where the headers do not fit into what WordPress reads.
        """
        noted = add_notices(path, data, self.notices[path]) if path in self.notices else data
        if path == self.main.path:
            return stamp(self.build, self.main, data, noted), HEADERS_MARK
        if is_readme(path):
            marked, mark = add_note(self.build, path, noted), README_MARK
        elif is_block(path):
            released = {vendor_version(self.build.recipe.base_version), self.main.version} - {""}
            marked, mark = set_block_version(noted, released, self.build.version), BLOCK_MARK
        else:
            return noted, ""
        return marked, mark if marked != noted else ""
