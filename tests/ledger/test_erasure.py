"""Forgetting a client in the ledger, on both engines: every column that can hold words is filled with the client's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.errors import BusyError
from plugwatch.ledger.erasure_columns import TABLES
from plugwatch.ledger.sweep import sweep
from plugwatch.model.client import FORGOTTEN, Client, Contact
from plugwatch.model.erasure import ERASED, Eraser, Scope
from plugwatch.model.site import Site

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
AT, LATER = "2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"
WORDS = "Maria Marlowe of Corvid Prints, maria@corvid.example, http://corvid.example/shop"
CORVID = Client("corvid", "Corvid Prints Ltd", (Contact("maria@corvid.example", "Maria Marlowe"),), language="en")
BOLT = Client("bolt", "Bolt", (Contact("jo@bolt.example", "Jo Corvidson"),))
EVIDENCE = f'["{WORDS}", {{"a": "Corvid\\nPrints"}}]'
TIMES = ("at", "recorded_at", "opened_at", "created_at", "changed_at", "asked_at", "first_seen", "last_seen", "seen_at")
KINDS = {"found", "free", "text", "said", "own", "json", "public", "source"}


def columns(work, url) -> dict[str, set[str]]:
    """The tables of a ledger, each with those of its columns that hold text."""
    if url.startswith("sqlite"):
        rows = work._connection.rows(
            "select m.name, c.name from sqlite_master m join pragma_table_info(m.name) c "
            "where m.type = 'table' and lower(c.type) = 'text'",
            {},
        )
        names = work._connection.rows("select name from sqlite_master where type = 'table'", {})
    else:
        schema = "table_schema = 'public'"
        rows = work._connection.rows(
            f"select table_name, column_name from information_schema.columns where {schema} and data_type = 'text'", {}
        )
        names = work._connection.rows(f"select table_name from information_schema.tables where {schema}", {})
    found: dict[str, set[str]] = {name: set() for (name,) in names}
    for table, column in rows:
        found[table].add(column)
    return found


def test_the_list_says_of_every_text_column_what_it_holds(ledger, ledger_url):
    with ledger.reading() as work:
        found = columns(work, ledger_url)

    assert {name: set(table.columns) for name, table in TABLES.items()} == found
    assert {kind for table in TABLES.values() for kind in table.columns.values()} <= KINDS


def add(work, table, **row):
    """Put in a row; where it says nothing else, words of the client stand wherever words can stand."""
    known = TABLES[table]
    words = {"text": WORDS, "said": WORDS, "json": EVIDENCE, "source": "/lists/corvid/tidy.zip"}
    filled = {name: words[kind] for name, kind in known.columns.items() if kind in words}
    filled |= {name: AT for name in TIMES if name in known.columns} | dict.fromkeys(
        {"actor"} & set(known.columns), "ana"
    )
    row = filled | row
    work._connection.run(
        f"insert into {table} ({', '.join(row)}) values ({', '.join(f':{name}' for name in row)})", row
    )


def cells(work) -> list[tuple[str, str, str]]:
    """Every text in the ledger, with its table and column."""
    return [
        (name, column, text)
        for name, table in TABLES.items()
        for column in table.columns
        for (text,) in work._connection.rows(f"select {column} from {name}", {})
        if text
    ]


@pytest.fixture
def filled(ledger):
    """A ledger in which the words of one client stand wherever words can stand, beside another client's rows."""
    with ledger.unit_of_work() as work:
        work.clients.add(CORVID, at=NOW)
        work.clients.add(BOLT, at=NOW)
        work.sites.add(Site("corvid-shop", "corvid", "https://www.corvid.example", "shop", "ssh:corvid@h:/x"), at=NOW)
        work.sites.add(Site("shop", "corvid"), at=NOW)
        work.sites.add(Site("bolt", "bolt", "https://bolt.example"), at=NOW)
        ids = {site.slug: site.id for site in work.sites.list()}
        for number, (slug, on) in enumerate(
            (("tidy-forms", "bolt"), ("corvid-tweaks", "shop"), ("corvid-fork", "shop"))
        ):
            add_component(work, f"c{number}", slug, ids[on])
        for number, incident in enumerate(("own", "other", "triage"), 1):
            add_incident(work, incident, number)
            add_patch(work, incident, number)
            site = ids["corvid-shop" if incident == "triage" else "bolt"]
            add(work, "impact", id=incident, incident_id=incident, site_id=site, state="in_triage")
            owner = {"client_id": work.clients.get("bolt").id, "site_id": ids["bolt"], "caller": "Jo", "heard": "mail"}
            add(work, "client_call", id=f"{incident}-1", incident_id=incident, **owner)
        for slug in ("shop", "bolt"):
            counts = dict.fromkeys(("partial", "added", "changed", "removed", "unchanged", "unparsed"), 0)
            add(work, "import", id=slug, site_id=ids[slug], format="csv", complete_kinds="", **counts)
            add(work, "unresolved", site_id=ids[slug], kind="plugin", folded_name="x", name="X", status="active")
            add(work, "check_finding", kind="release", place=slug, summary=f"{slug} lost pw-1")
        add(work, "incident_link", incident_id="own", other_id="other")
        add_builds(work, ids)
        add(work, "vendor", component_id="c0", name="Tidy People", words="tidy.example")
        add(work, "vendor_road", component_id="c0", road="email", prefer=0, address="help@tidy.example")
        add(work, "vendor_choice", component_id="c0", name="note")
        add(work, "vendor_fact", component_id="c0", facts="{}", fetched_at=AT)
        add_own_part(work, ids["shop"])
    return ledger


def add_component(work, row_id, slug, site_id):
    """A component as a list of one site shows it."""
    add(work, "component", id=row_id, kind="plugin", slug=slug, name=slug, folded_name=slug)
    add(work, "component_name", component_id=row_id, folded_name=slug)
    add(work, "name_choice", kind="plugin", folded_name=slug, name=slug, slug=slug)
    add(work, "directory_entry", kind="plugin", slug=slug, document="{}")
    add(work, "installation", id=row_id, site_id=site_id, component_id=row_id, version="1.0", status="active")


def add_incident(work, incident, number):
    """An incident with all that the agency writes about one, and a message to the other client."""
    facts = {"status": "identified", "severity": "high", "triggered_by": "unknown", "component_id": "c0", "security": 0}
    add(work, "incident", id=incident, number=number, **facts)
    event = {"incident_id": incident, "visibility": "internal"}
    add(work, "event", id=f"{incident}-1", kind="impact", body=f"shop: {WORDS}", **event)
    add(work, "event", id=f"{incident}-2", kind="note", body=f"the shop: {WORDS}", **event)
    add(work, "incident_words", incident_id=incident, language="en", field="effect")
    add(work, "hold", id=incident, incident_id=incident, component_id="c0", versions=">=1")
    add_message(work, f"{incident}-bolt", incident, "bolt")


def add_builds(work, ids):
    """What was seen of a build and put on the client's site and on another's; public facts beside it."""
    for slug in ("shop", "bolt"):
        place = {"id": slug, "site_id": ids[slug], "component_id": "c0"}
        lists = {"patches": f'[["pw-own", "{WORDS}", "there"]]', "differences": f'[["a.php", "added", "{WORDS}"]]'}
        add(work, "evidence", state="lost", certainty="verified", total=1, **place, **lists)
        add(work, "deployment", run_id="1", started_at=AT, kind="build", version="1.0.0.0-p1", state="done", **place)
    add(work, "security_mark", component_id="c0", sign="feed", key="CVE-1", title="x", url="https://x.example")
    add(work, "retirement", patch_id="pw-own", version="2.0")


def add_message(work, row_id, incident, client, **facts):
    owner = {
        "incident_id": incident,
        "client_id": work.clients.get(client).id,
        "mail_id": f"<{row_id}@fernhill.example>",
    }
    kept = {
        "phase": "identified",
        "round": 1,
        "state": "done",
        "road": "smtp",
        "language": "en",
        "edited": 0,
        "asks": 0,
    }
    add(work, "message", **{"id": row_id, **owner, **kept, **facts})


def add_patch(work, incident, number):
    """A patch for an incident, with what was said of it and to its vendor."""
    patch = {"patch_id": f"pw-{incident}", "version": "2.0", "verdict": "landed"}
    add(work, "fork_operation", id=incident, component_id="c2", command="x")
    release = {"component_id": "c0", "version": incident, "version_key": b"1", "commit_id": "1", "tree_id": "1"}
    add(work, "fork_release", files=1, operation_id=incident, **release)
    made = {"component_id": "c0", "origin": "1.0", "incident_id": incident, "operation_id": incident}
    add(work, "patch", id=f"pw-{incident}", **made)
    add(work, "patch_drop", operation_id=incident, **patch)
    add(work, "stance", id=incident, patch_id=f"pw-{incident}", stance="wait")
    add(work, "acceptance", id=incident, component_id="c0", stands=1, **patch)
    url = f"https://trac.example/{number}?{WORDS}"
    draft = {"component_id": "c0", "channel": "trac", "status": "sent", "remote_url": url}
    post = {"submission_id": incident, "position": 0, "kind": "bug", "state": "sent", "mail_id": "<1@x>", "as_draft": 0}
    found = "client address 'corvid example' in the body, line 3"
    add(work, "submission", id=incident, number=number, incident_id=incident, **draft)
    add(work, "post", id=incident, url=url, remote_url=url, **post)
    add(work, "post_file", post_id=incident, position=0)
    add(work, "post_check", post_id=incident, position=0, name="privacy", ok=0, detail=found)
    add(work, "submission_change", id=incident, submission_id=incident, status="sent", by_hand=1)
    add(work, "watch", submission_id=incident, tracker="trac", failures=0)
    add(work, "remark", submission_id=incident, remote_id="1", kind="comment", human=1, seen_at=AT)


def add_own_part(work, site_id):
    """What the client called about, was promised and told, and answered."""
    own = {"incident_id": "own", "client_id": work.clients.get("corvid").id}
    call = {"caller": "Maria Marlowe", "heard": "phone", "ticket": "https://desk.example/4711"}
    add(work, "client_call", id="mine", site_id=site_id, words="all of the prints are gone since noon", **call, **own)
    add(work, "promise", id="kept", due_at=LATER, made_at=AT, **own)
    add(work, "promise", id="open", due_at="2026-12-01T10:00:00Z", made_at="2026-11-22T10:00:00Z", **own)
    add(work, "reminder", promise_id="open", kind="soon")
    add_message(work, "told", "own", "corvid")
    add_message(work, "draft", "own", "corvid", phase="monitoring", state="draft")
    for message in ("told", "draft"):
        add(work, "message_site", message_id=message, site_id=site_id)
    for name, state in (("maria", "sent"), ("it", "sent"), ("x", "refused")):
        reply = {"reply": f"{name}@corvid.example: unknown", "tries": 1, "sent_at": LATER if state == "sent" else None}
        add(work, "delivery", message_id="told", address=f"{name}@corvid.example", name="Maria", state=state, **reply)
    add(work, "delivery", message_id="own-bolt", address="jo@bolt.example", name="Jo", state="sent", tries=1)
    add(work, "feedback", id="mine", rating="bad", words="nobody ever called", **own)
    theirs = own | {"client_id": work.clients.get("bolt").id}
    add(work, "feedback", id="theirs", rating="bad", words=f"like {WORDS}", **theirs)


def forget(ledger) -> tuple[str, int]:
    with ledger.unit_of_work() as work:
        client = work.clients.get("corvid")
        eraser = Eraser(work.erasure.traces(client))
        return work.erasure.erase(client, eraser, now=NOW, actor="ana")


def test_nothing_of_a_forgotten_client_is_left_in_any_row(filled):
    with filled.reading() as work:
        assert {table for table, _column, text in cells(work) if "orvid" in text} >= {
            name for name, table in TABLES.items() if table.read("text", "json", "source")
        }
    forget(filled)

    with filled.reading() as work:
        left = [
            cell for cell in cells(work) if any(w in cell[2].lower() for w in ("corvid", "marlowe", "prints", "maria"))
        ]
    # Another client's contact has a name like it, and a fork's folder cannot be renamed behind its owner's back.
    assert [cell for cell in left if cell[2] not in ("Jo Corvidson", "corvid-fork")] == []


def test_what_others_said_and_were_called_stays(filled):
    with filled.reading() as work:
        before = work.clients.get("bolt"), work.sites.get("bolt")
    forget(filled)

    with filled.reading() as work:
        assert (work.clients.get("bolt"), work.sites.get("bolt")) == before
        texts = cells(work)
    assert ("feedback", "words", "like (erased) of (erased), (erased), http://(erased)/shop") in texts
    assert ("client_call", "caller", "Jo") in texts
    assert ("delivery", "address", "jo@bolt.example") in texts
    assert ("check_finding", "place", "bolt") in texts
    assert ("check_finding", "place", "shop") not in texts
    assert ("vendor", "name", "Tidy People") in texts


def test_an_everyday_short_name_of_a_site_goes_only_where_the_client_is_meant(filled):
    forget(filled)

    with filled.reading() as work:
        bodies = {
            row[0]: row[1] for row in work._connection.rows("select id, body from event where kind <> 'forget'", {})
        }
    erased = "(erased) of (erased), (erased), http://(erased)/shop"
    assert bodies["own-1"].startswith("(erased): ")
    assert bodies["own-2"].startswith("the (erased): ")
    assert bodies["other-1"] == f"shop: {erased}"
    assert bodies["other-2"] == f"the shop: {erased}"
    assert bodies["triage-1"].startswith("(erased): ")  # the program's own words name the site
    assert bodies["triage-2"] == f"the shop: {erased}"


def test_times_and_statuses_stay(filled):
    name, changed = forget(filled)

    with filled.reading() as work:
        client = work.clients.get(name)
        assert (client.name, client.contacts, client.language) == (FORGOTTEN, (), None)
        assert [(site.slug, site.url, site.tier) for site in work.sites.list(client=name)] == [
            ("forgotten-1-1", None, "shop"),
            ("forgotten-1-2", None, "info"),
        ]
        rows = work._connection.rows
        assert rows("select caller, words, ticket, at, heard from client_call where id = 'mine'", {}) == [
            (None, ERASED, None, AT, "phone")
        ]
        assert rows("select subject, body, phase, state from message where client_id = :id", {"id": client.id}) == [
            (ERASED, ERASED, "identified", "done")
        ]
        assert rows("select address, name, state, reply, sent_at from delivery where message_id = 'told'", {}) == [
            ("(erased) 1", "", "sent", None, LATER),
            ("(erased) 2", "", "sent", None, LATER),
        ]
        assert rows("select rating, words from feedback where id = 'mine'", {}) == [("bad", None)]
    assert changed > 30


def test_nobody_waits_for_a_forgotten_client_any_more(filled):
    forget(filled)

    with filled.reading() as work:
        rows = work._connection.rows
        assert rows("select id from promise", {}) == [("kept",)]
        assert rows("select promise_id from reminder", {}) == []
        assert rows("select id from installation where closed_at is null", {}) == [("c0",)]
        newest = rows("select state, justification from impact where incident_id = 'triage' order by id desc", {})
        assert ("not_affected", "code_not_present") in newest
        notes = rows("select incident_id, body from event where kind = 'forget'", {})
    assert notes == [("own", "forgotten-1: names, words and addresses of this client were erased")]


def test_a_component_that_is_called_after_the_client_is_renamed_where_nothing_rests_on_it(filled):
    with filled.reading() as work:
        client = work.clients.get("corvid")
        eraser = Eraser(work.erasure.traces(client))
        assert work.erasure.named_elsewhere(client, eraser) == [
            "plugin/corvid-fork is called after it, and has a fork or a submission under that name"
        ]
    forget(filled)

    with filled.reading() as work:
        assert [str(c) for c in work.components.names()] == [
            "plugin/corvid-fork",
            "plugin/forgotten-1-plugin-2",
            "plugin/tidy-forms",
        ]
        assert {slug for (slug,) in work._connection.rows("select slug from directory_entry", {})} == {
            "corvid-fork",
            "tidy-forms",
        }


def test_a_site_of_another_client_that_needs_the_name_is_told_of(filled):
    with filled.unit_of_work() as work:
        work.sites.add(Site("guest", "bolt", "https://bolt.corvid.example"), at=NOW)
        client = work.clients.get("corvid")

        assert work.erasure.named_elsewhere(client, Eraser(work.erasure.traces(client)))[0] == (
            "site guest of another client names it in its address; change that with 'plugwatch site set guest'"
        )


def test_what_was_sent_is_known_before_it_is_forgotten(filled):
    with filled.reading() as work:
        client = work.clients.get("corvid")
        sent = work.erasure.sent(client)
        to_vendors = work.erasure.sent_to_vendors(client, Eraser(work.erasure.traces(client)))

    assert [(one.incident, one.phase, one.address, one.state) for one in sent] == [
        ("INC-1", "identified", "it@corvid.example", "sent"),
        ("INC-1", "identified", "maria@corvid.example", "sent"),
    ]
    assert len(to_vendors) == 3
    assert to_vendors[0].startswith("SUB-1 was sent to its vendor: https://trac.example/1?")


def test_nobody_is_forgotten_while_a_message_goes_out(filled):
    with filled.unit_of_work() as work:
        claim = {"at": (NOW - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")}
        work._connection.run("update message set state = 'claimed', claimed_at = :at where id = 'draft'", claim)

    with pytest.raises(BusyError, match="a message about INC-1 is being sent to corvid; try again later"):
        forget(filled)
    with filled.unit_of_work() as work:
        work.erasure.check_quiet(work.clients.get("corvid"), now=NOW + timedelta(minutes=4))


def test_an_incident_that_was_merged_is_not_open(filled):
    with filled.unit_of_work() as work:
        client = work.clients.get("corvid")
        assert work.erasure.open_incidents(client) == ["INC-1"]
        work._connection.run("update incident set merged_into = 'other' where id = 'own'", {})
        assert work.erasure.open_incidents(client) == ["INC-2"]


def test_what_a_check_has_found_is_erased_though_it_is_said_without_signs(filled):
    forget(filled)

    with filled.reading() as work:
        details = [row[0] for row in work._connection.rows("select detail from post_check", {})]
    assert set(details) == {"client address '(erased)' in the body, line 3"}


def test_the_next_one_gets_another_name(filled):
    forget(filled)
    with filled.unit_of_work() as work:
        work.clients.add(Client("forgotten-2", "A name like any other"), at=NOW)
        work.clients.add(CORVID, at=NOW)

    assert forget(filled)[0] == "forgotten-3"
    with filled.reading() as work:
        assert work.erasure.forgotten() == ["forgotten-1", "forgotten-3"]


def test_a_shared_host_or_ticket_desk_is_no_trace_of_one_client(ledger):
    with ledger.unit_of_work() as work:
        client = work.clients.add(CORVID, at=NOW)
        work.clients.add(BOLT, at=NOW)
        work.sites.add(Site("a", "corvid", "https://many.example/corvid"), at=NOW)
        work.sites.add(Site("b", "bolt", "https://many.example/bolt"), at=NOW)
        eraser = Eraser(work.erasure.traces(client, public=("https://fernhill.example",)))

    assert eraser.redact("many.example/bolt is down", Scope.OWN) == "many.example/bolt is down"
    assert eraser.redact("many.example/corvid is down", Scope.OTHER) == "(erased) is down"


def test_the_address_of_another_clients_site_stays_though_a_word_of_it_is_the_name(ledger):
    with ledger.unit_of_work() as work:
        work.clients.add(Client("shop", "Shop"), at=NOW)
        work.clients.add(BOLT, at=NOW)
        work.sites.add(Site("shop", "shop", "https://shop.example"), at=NOW)
        work.sites.add(Site("bolt", "bolt", "https://shop.bolt.example"), at=NOW)
        work.sites.add(Site("guest", "bolt", "https://bolt.shop.example"), at=NOW)
        eraser = Eraser(work.erasure.traces(work.clients.get("shop")))

    text = "the Shop at shop.example, not shop.bolt.example, but bolt.shop.example"
    assert eraser.redact(text) == f"the {ERASED} at {ERASED}, not shop.bolt.example, but bolt.{ERASED}"


def test_sweeping_a_ledger_keeps_its_rows(filled, ledger_url, tmp_path):
    with filled.reading() as work:
        before = sorted(map(repr, cells(work)))  # a table written anew may have its rows in another order

    sweep(ledger_url, tmp_path)

    with filled.reading() as work:
        assert sorted(map(repr, cells(work))) == before
