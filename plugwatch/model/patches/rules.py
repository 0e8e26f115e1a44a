"""How the paths of a patch become those of a release, where a repository's layout is not that of what is shipped.

What decides is the component's own name in the paths, then the blobs that the patch says it was made for, then the
paths that are in the release.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from plugwatch.model.patches.patch import FilePatch, PatchFile, sides_of, stripped, target_of

_SAMPLE = 60  # files of a patch whose places are looked for
_SCORED = 2000  # files of a patch on which the places are tried
_MOST_TWINS = 20  # a name that more files have (index.php) tells nothing
_MOST_RULES = 60

# A folder in one of these is a component, and its name is the component's.
_FOLDERS_OF_COMPONENTS = frozenset({"plugins", "themes", "mu-plugins"})
_NAMES_OF_ANY = re.compile(
    r"app|build|code|current|dist|html|htdocs|latest|lib|main|master|new|old|orig|package|plugins?|mu-plugins|public"
    r"|public_html|release|repo|source|src|themes?|trunk|upload|web|wordpress|wp|www|v?\d[\w.+-]*"
)
_OF_A_COPY = re.compile(r"([-_. ](v?\d[\w.+-]*|main|master|trunk|dev|develop|orig|old|new|edited|patched|fixed))?")


@dataclass(frozen=True)
class Rule:
    """How a path becomes one of the release: ``skip`` parts go, then ``onto`` takes the place of ``top``.

    ``top`` and ``onto`` end in ``/`` or are empty.
    """

    skip: int
    top: str = ""
    onto: str = ""

    def place(self, path: str | None) -> str | None:
        """The path in the release; None for one that is not below ``top``."""
        rest = stripped(path, self.skip) if path is not None else ""
        return self.onto + rest[len(self.top) :] if rest.startswith(self.top) and rest != self.top else None

    def move(self, change: FilePatch) -> FilePatch:
        """The change with its paths as they are in the release."""
        return replace(change, old_path=self.place(change.old_path), new_path=self.place(change.new_path))

    def taken_off(self, patch: PatchFile, base: int) -> list[str]:
        """The folders that the rule takes off the patch's paths, after the ``base`` parts before the repository."""
        if self.top:
            return [self.top]
        tops = ("/".join(path.split("/")[base : self.skip]) for change in patch.files for path in sides_of(change))
        return list(dict.fromkeys(f"{top}/" for top in tops if top))


def is_of(top: str, slug: str) -> bool:
    """Whether a folder that is taken off the paths can be that of the component: it is named so, or like any."""
    parts = [part.lower() for part in top.split("/") if part]
    if not slug or not parts:
        return True
    of_any = bool(_NAMES_OF_ANY.fullmatch(parts[-1]))
    return not is_of_other(top, slug) and (of_any or _is_named(parts[-1], slug))


def is_of_other(folder: str, slug: str) -> bool:
    """Whether a path goes through the folder of another component (``plugins/pro-forms/``)."""
    parts = [part.lower() for part in folder.split("/") if part]
    named = [parts[at] for at in range(1, len(parts)) if parts[at - 1] in _FOLDERS_OF_COMPONENTS]
    return bool(slug and named) and not _is_named(named[-1], slug)


def _is_named(name: str, slug: str) -> bool:
    return name.startswith(slug.lower()) and bool(_OF_A_COPY.fullmatch(name[len(slug) :]))


def rule_of_slug(patch: PatchFile, base: int, files: Mapping[str, str], slug: str) -> Rule | None:
    """For files that a patch adds: a repository of several components has ours in a folder that is named like it."""
    tops = {path.split("/", 1)[0] for path in files if "/" in path}
    for change in patch.files:
        parts = stripped(sides_of(change)[-1], base).split("/")
        if slug in parts[:-1] and parts[0] not in tops:
            return Rule(base, "/".join(parts[: parts.index(slug) + 1]) + "/")
    return None


def likely_rules(patch: PatchFile, base: int, files: Mapping[str, str], slug: str) -> list[Rule]:
    """The rule of the folder that is named like the component, else those of most blobs, then of most paths."""
    changes = [change for change in patch.files if change.kind != "add"]
    changes.sort(key=lambda change: not any(f"/{slug}/" in f"/{side}" for side in sides_of(change)))
    votes: Counter[Rule] = Counter()
    twins = defaultdict(list)
    for path in files:
        twins[path.rpartition("/")[2]].append(path)
    for change in changes[:_SAMPLE]:
        for side in dict.fromkeys(stripped(side, base) for side in sides_of(change)):
            votes.update(_rules_for(side, base, files, twins, change.old_id))
    scores = {rule: _score(rule, changes[:_SCORED], files) for rule, _count in votes.most_common(_MOST_RULES)}
    if not scores:
        return []
    ours = _named_rule(scores, slug)
    if ours:
        return [ours]
    best = max(scores.values())
    found = sorted((rule for rule, score in scores.items() if score == best), key=lambda rule: (rule.top, rule.onto))
    plain = [rule for rule in found if not rule.onto]
    outer = [r for r in plain if not any(r.top != o.top and r.top.startswith(o.top) for o in plain)]
    return outer or found


def _named_rule(scores: Mapping[Rule, tuple[int, int]], slug: str) -> Rule | None:
    """The folder with the component's name, unless one around it or in it fits better; a sibling is no rival."""
    named = [rule for rule in scores if not rule.onto and f"/{rule.top}".endswith(f"/{slug}/")]
    for rule in sorted(named, key=lambda rule: (-scores[rule][0], -scores[rule][1], rule.top)):
        around = [r for r in scores if r != rule and not r.onto and rule.top.startswith(r.top)]
        within = [r for r in scores if r != rule and not r.onto and r.top.startswith(rule.top)]
        rivals = [scores[r] >= scores[rule] for r in around] + [scores[r] > scores[rule] for r in within]
        if not any(rivals):
            return rule
    return None


def _rules_for(
    path: str, base: int, files: Mapping[str, str], twins: Mapping[str, list[str]], blob: str | None
) -> Iterator[Rule]:
    parts = path.split("/")
    for skip in range(len(parts)):
        if "/".join(parts[skip:]) in files:
            yield Rule(base, "".join(f"{part}/" for part in parts[:skip]))
    others = twins.get(parts[-1], [])
    exact = {other for other in others if blob is not None and files[other].startswith(blob)}
    for other in others if len(others) <= _MOST_TWINS else exact:
        same = _common_end(parts, other.split("/"))
        if other in exact or same > 1:
            onto = other.split("/")[:-same]
            yield Rule(base, *("".join(f"{part}/" for part in top) for top in (parts[:-same], onto)))


def _common_end(one: list[str], other: list[str]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _score(rule: Rule, changes: list[FilePatch], files: Mapping[str, str]) -> tuple[int, int]:
    blobs = paths = 0
    for change in changes:
        place = target_of(rule.move(change), 0, lambda path: path in files)
        if place is not None:
            paths += 1
            blobs += change.old_id is not None and files[place].startswith(change.old_id)
    return blobs, paths
