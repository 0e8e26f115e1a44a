"""YAML of strangers, as far as GitHub's issue forms need it: plain words, lists and maps, and nothing that grows."""

from __future__ import annotations

_MOST_EVENTS = 20_000
_DEEPEST = 20


def read_yaml(text: str) -> object:
    """The document, every value in it a str; None for what is no YAML, is too deep or too long, or refers to itself.

    ``yes`` and ``no`` stay words, as a form's options mean them.
    """
    import yaml  # type: ignore[import-untyped, unused-ignore]  # only who reads YAML waits for it

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    depth = 0
    try:
        for count, event in enumerate(yaml.parse(text, Loader=loader)):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            # With anchors a page of text becomes gigabytes.
            if count > _MOST_EVENTS or depth > _DEEPEST or getattr(event, "anchor", None) is not None:
                return None
        document: object = yaml.load(text, Loader=loader)  # noqa: S506 - the base loader makes nothing but text
    except (yaml.YAMLError, ValueError):
        return None
    return document
