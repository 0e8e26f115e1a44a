"""Which column of the ledger may hold words of a client: the one list, which a test compares with the tables.

- ``free``: none: ids, times, versions, words of the program, names of the agency's own people;
- ``own``: what a client is called, said or was told; erased in this client's rows, in all others it is somebody else's;
- ``said``: the same, but it may name another client too, so it is read in all rows;
- ``text``: what the agency wrote; read in all rows;
- ``found``: what a check has found in such a text, in words of the program; read in all rows as about the client;
- ``json``: the same as one JSON document;
- ``source``: where something came from; short names have no capitals in a path; read in all rows;
- ``public``: what a component is called; erased where nobody but this client has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table: its key, each column that can hold text, and how a row leads to its incident and its client.

    ``incident`` and ``client`` are SQL expressions on a row; "null" where a row belongs to none.
    """

    key: tuple[str, ...]
    columns: Mapping[str, str]
    incident: str = "null"
    client: str = "null"

    def read(self, *kinds: str) -> tuple[str, ...]:
        """The columns of these kinds."""
        return tuple(name for name, kind in self.columns.items() if kind in kinds)


def _columns(**kinds: str) -> dict[str, str]:
    """``free="id at actor"`` as column by column."""
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_OF_PATCH = "(select incident_id from patch where patch.id = {}.patch_id)"
_OF_SUBMISSION = "(select incident_id from submission where submission.id = {}.submission_id)"
_OF_POST = (
    "(select incident_id from submission join post on submission.id = post.submission_id where post.id = {}.post_id)"
)
_OF_MESSAGE = "(select {} from message where message.id = delivery.message_id)"

TABLES: Mapping[str, Table] = {
    "acceptance": Table(
        ("id",),
        _columns(free="id patch_id component_id version verdict at actor", text="reason"),
        _OF_PATCH.format("acceptance"),
    ),
    "build": Table(
        ("component_id", "version"),
        _columns(free="component_id version base_version fingerprint tree_id operation_id"),
    ),
    "check_finding": Table(("kind", "place"), _columns(free="kind seen_at", own="place summary")),
    "client": Table(
        ("id",),
        _columns(
            free="id created_at",
            own="slug name folded_name language timezone hours first_response update_every tone",
        ),
        client="id",
    ),
    "client_call": Table(
        ("id",),
        _columns(free="id incident_id client_id site_id heard at recorded_at actor", own="caller", said="words ticket"),
        "incident_id",
        "coalesce(client_id, (select client_id from site where site.id = client_call.site_id))",
    ),
    "component": Table(("id",), _columns(free="id kind", public="slug name folded_name")),
    "component_name": Table(("component_id", "folded_name"), _columns(free="component_id", public="folded_name")),
    "contact": Table(("client_id", "position"), _columns(free="client_id", own="name email"), client="client_id"),
    "counter": Table(("name",), _columns(free="name")),
    "delivery": Table(
        ("message_id", "address"),
        _columns(free="message_id state tried_at sent_at", own="address name reply"),
        _OF_MESSAGE.format("incident_id"),
        _OF_MESSAGE.format("client_id"),
    ),
    "deployment": Table(
        ("id",),
        _columns(
            free="id run_id component_id site_id incident_id kind version actor started_at finished_at state "
            "version_before state_before",
            text="note",
            source="snapshot kept_at",
        ),
        "incident_id",
        client="(select client_id from site where site.id = deployment.site_id)",
    ),
    "directory_entry": Table(("kind", "slug"), _columns(free="kind document asked_at", public="slug")),
    "evidence": Table(
        ("id",),
        _columns(
            free="id site_id component_id at actor state certainty version build release_version",
            text="why taken_from",
            json="patches differences",
        ),
        client="(select client_id from site where site.id = evidence.site_id)",
    ),
    "event": Table(
        ("id",),
        _columns(free="id incident_id at recorded_at actor kind visibility client_id", text="body"),
        "incident_id",
    ),
    "feedback": Table(
        ("id",),
        _columns(free="id incident_id client_id rating at recorded_at actor", said="words"),
        "incident_id",
        "client_id",
    ),
    "fork_operation": Table(("id",), _columns(free="id component_id command actor at")),
    "fork_release": Table(
        ("component_id", "version"),
        _columns(free="component_id version commit_id tree_id sha256 operation_id", source="source"),
    ),
    "hold": Table(
        ("id",),
        _columns(
            free="id incident_id component_id versions at actor lifted_at lifted_by", text="reason until lifted_why"
        ),
        "incident_id",
    ),
    "impact": Table(
        ("id",),
        _columns(free="id incident_id site_id state at actor valid_until", text="justification detail"),
        "incident_id",
    ),
    "import": Table(
        ("id",),
        _columns(free="id site_id at recorded_at format actor complete_kinds", source="source_name"),
        client="(select client_id from site where site.id = import.site_id)",
    ),
    "incident": Table(
        ("id",),
        _columns(
            free="id status severity triggered_by component_id version affected assignee opened_at recorded_at actor "
            "merged_into workaround_checked_at",
            text="title steps expected actual workaround",
        ),
        "id",
    ),
    "incident_component": Table(("incident_id", "component_id"), _columns(free="incident_id component_id")),
    "incident_link": Table(
        ("incident_id", "other_id"), _columns(free="incident_id other_id at actor", text="note"), "incident_id"
    ),
    "incident_words": Table(
        ("incident_id", "language", "field"),
        _columns(free="incident_id language field at actor", text="body"),
        "incident_id",
    ),
    "installation": Table(
        ("id",),
        _columns(
            free="id site_id component_id version base_version build status update_version first_seen last_seen "
            "closed_at sign",
        ),
    ),
    "message": Table(
        ("id",),
        _columns(
            free="id incident_id client_id phase state road language next_due mail_id thread_id claim claimed_by "
            "claimed_at created_at changed_at actor",
            said="subject body",
        ),
        "incident_id",
        "client_id",
    ),
    "message_site": Table(("message_id", "site_id"), _columns(free="message_id site_id")),
    "name_choice": Table(("kind", "folded_name"), _columns(free="kind at actor", public="folded_name name slug")),
    "patch": Table(
        ("id",), _columns(free="id component_id origin incident_id operation_id", text="title"), "incident_id"
    ),
    "patch_drop": Table(
        ("patch_id", "version"),
        _columns(free="patch_id version verdict operation_id", json="evidence"),
        _OF_PATCH.format("patch_drop"),
    ),
    "post": Table(
        ("id",),
        _columns(
            free="id submission_id kind state mail_id asks labels commit_id theirs claim claimed_by claimed_at "
            "created_at tried_at sent_at actor",
            text="title body url remote_url detail",
        ),
        _OF_SUBMISSION.format("post"),
    ),
    "post_check": Table(
        ("post_id", "position"), _columns(free="post_id name", found="detail"), _OF_POST.format("post_check")
    ),
    "post_file": Table(
        ("post_id", "position"), _columns(free="post_id", text="name path"), _OF_POST.format("post_file")
    ),
    "promise": Table(("id",), _columns(free="id incident_id client_id due_at made_at kept_at actor message_id")),
    "reminder": Table(("promise_id", "kind"), _columns(free="promise_id kind at")),
    "remark": Table(
        ("submission_id", "remote_id"),
        _columns(free="submission_id remote_id at kind seen_at", text="who words"),
        _OF_SUBMISSION.format("remark"),
    ),
    "schema_migration": Table(("number",), _columns(free="name applied_at")),
    "retirement": Table(("patch_id", "version"), _columns(free="patch_id version at actor")),
    "security_mark": Table(
        ("component_id", "sign", "key"),
        _columns(free="component_id sign key title affected fixed_in url attribution seen_at"),
    ),
    "site": Table(
        ("id",),
        _columns(free="id client_id tier network_site_id created_at", own="slug url source"),
        client="client_id",
    ),
    "stack_entry": Table(
        ("component_id", "version", "position"), _columns(free="component_id version patch_id operation_id")
    ),
    "stance": Table(
        ("id",), _columns(free="id patch_id stance review_by at actor", text="reason"), _OF_PATCH.format("stance")
    ),
    "submission": Table(
        ("id",),
        _columns(
            free="id incident_id patch_id component_id channel status version commit_id fixed_in goes_on_from "
            "created_at actor",
            text="target remote_url branch",
        ),
        "coalesce(incident_id, (select incident_id from patch where patch.id = submission.patch_id))",
    ),
    "submission_change": Table(
        ("id",),
        _columns(free="id submission_id status at actor", text="note"),
        _OF_SUBMISSION.format("submission_change"),
    ),
    "unresolved": Table(
        ("site_id", "kind", "folded_name"),
        _columns(free="site_id kind version status first_seen", own="folded_name name"),
        client="(select client_id from site where site.id = unresolved.site_id)",
    ),
    "vendor": Table(("component_id",), _columns(free="component_id name words")),
    "vendor_choice": Table(("component_id", "name"), _columns(free="component_id name at actor", text="value")),
    "vendor_fact": Table(("component_id",), _columns(free="component_id facts fetched_at")),
    "vendor_road": Table(("component_id", "road"), _columns(free="component_id road address at actor", text="note")),
    "watch": Table(
        ("submission_id",),
        _columns(free="submission_id tracker changed_at checked_at next_check etag", text="url remote error by_hand"),
        _OF_SUBMISSION.format("watch"),
    ),
}
