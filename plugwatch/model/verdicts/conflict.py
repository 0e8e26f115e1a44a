"""A merge by hand that is under way: what it is for, how far it is, and what was laid out for the person.

It is kept in the fork's git, so that it outlives a kill and can be undone like everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from plugwatch.errors import ForkError
from plugwatch.model.markers import LaidBlock, LaidFile
from plugwatch.model.verdicts.resolution import Resolution, resolution_from_document

CONFLICT_REFS = "refs/plugwatch/conflicts/"
FORMAT = 1


@dataclass(frozen=True)
class Attempt:
    """An upgrade with what a person has decided so far.

    ``accepted`` are the patches of which she says that the release has them; ``by_hand`` holds by patch and path the
    blobs that she has merged, None for a file that goes.
    """

    source: str
    target: str
    accepted: tuple[str, ...] = ()
    by_hand: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    def with_files(self, patch: str, files: Mapping[str, str | None]) -> Attempt:
        """The attempt with one more patch merged."""
        return replace(self, by_hand={**self.by_hand, patch: files})

    def with_drop(self, patch: str) -> Attempt:
        """The attempt with one more patch that the release has."""
        return replace(self, accepted=(*self.accepted, patch))


@dataclass(frozen=True)
class Conflict:
    """An attempt that has stopped at a patch.

    ``source_tip`` and ``target_commit`` say what it was begun on; ``onto`` is the tree that the patch goes on, ``laid``
    that of ``component/`` as it was laid out, with ``files`` telling what is to be done in it. ``resolutions`` were
    made on the way and are remembered when all is done.
    """

    component: str
    attempt: Attempt
    source_tip: str
    target_commit: str
    patch: str
    title: str
    verdict: str
    confidence: str
    evidence: tuple[str, ...]
    onto: str
    laid: str
    files: tuple[LaidFile, ...]
    resolutions: tuple[Resolution, ...]
    actor: str
    at: str

    @property
    def ref(self) -> str:
        """Where it is kept."""
        return CONFLICT_REFS + self.attempt.target

    def blobs(self) -> set[str]:
        """Every blob that was merged by hand."""
        return {blob for files in self.attempt.by_hand.values() for blob in files.values() if blob}

    def to_text(self) -> str:
        """The record as JSON text."""
        document = vars(self) | {
            "format": FORMAT,
            "attempt": vars(self.attempt),
            "files": [_file_document(file) for file in self.files],
            "resolutions": [resolution.document() for resolution in self.resolutions],
        }
        return json.dumps(document, indent=1, sort_keys=True) + "\n"


def conflict_from_text(text: str, source: str) -> Conflict:
    """Read a record back. Raises ForkError where it is damaged or of a newer plugwatch."""
    try:
        document = json.loads(text)
        if document.pop("format") != FORMAT:
            raise ForkError(f"{source}: this merge was begun by a newer plugwatch; upgrade plugwatch")
        attempt = document.pop("attempt")
        attempt["accepted"] = tuple(attempt["accepted"])
        files = tuple(_read_file(file, source) for file in document.pop("files"))
        made = tuple(resolution_from_document(one, source) for one in document.pop("resolutions"))
        evidence = tuple(document.pop("evidence"))
        return Conflict(attempt=Attempt(**attempt), files=files, resolutions=made, evidence=evidence, **document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ForkError(f"{source}: the record of a merge by hand is damaged ({error!r})") from error


def _file_document(file: LaidFile) -> dict[str, Any]:
    blocks = [
        vars(block) | {"proposal": block.proposal.document() if block.proposal else None} for block in file.blocks
    ]
    return vars(file) | {"blocks": blocks}


def _read_file(document: dict[str, Any], source: str) -> LaidFile:
    blocks = []
    for block in document.pop("blocks"):
        proposal = block.pop("proposal")
        blocks.append(LaidBlock(**block, proposal=resolution_from_document(proposal, source) if proposal else None))
    return LaidFile(**document, blocks=tuple(blocks))
