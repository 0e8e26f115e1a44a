"""Every text in the ledger that people have written, with whose text it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from plugwatch.ledger.connection import Connection, Row
from plugwatch.ledger.erasure_columns import TABLES, Table
from plugwatch.model.client import Client
from plugwatch.model.erasure import Scope, redact_document, source_scope

_READ = ("text", "said", "found", "json", "source")
# All other kinds of events name sites in words of the program, a short name like "shop" among them.
_PROSE = "kind in ('note', 'call')"


@dataclass(frozen=True)
class Text:
    """One cell: its table, the key of its row, its column, the text and whose it is."""

    table: str
    key: Row
    column: str
    value: str
    scope: Scope

    def changed(self, redact: Callable[[str, Scope], str]) -> str:
        """The text after a function on it; of a JSON document, on each text in it."""
        if TABLES[self.table].columns[self.column] != "json":
            return redact(self.value, self.scope)
        document = json.loads(self.value)
        after = redact_document(document, lambda part: redact(part, self.scope))
        return self.value if after == document else json.dumps(after, ensure_ascii=False)


class Texts:
    """The texts of one ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, client: Client, about: Collection[str], in_triage: Collection[str]) -> Iterator[Text]:
        """Every text; ``about``: the ids of the client's incidents, ``in_triage``: of those that look at its sites."""
        for name, table in TABLES.items():
            if name == "event":
                yield from self._of(name, table, client, about, where=_PROSE)
                yield from self._of(name, table, client, {*about, *in_triage}, where=f"not ({_PROSE})")
            else:
                yield from self._of(name, table, client, about)

    def write(self, text: Text, value: str) -> None:
        """Put another text in place of one."""
        place = " and ".join(f"{column} = :key_{column}" for column in TABLES[text.table].key)
        keys = {f"key_{column}": part for column, part in zip(TABLES[text.table].key, text.key, strict=True)}
        # The names are those of the one list of tables, none comes from outside.
        sql = f"update {text.table} set {text.column} = :value where {place}"  # noqa: S608
        self._connection.run(sql, {"value": value, **keys})

    def _of(
        self, name: str, table: Table, client: Client, about: Collection[str], *, where: str = "1 = 1"
    ) -> Iterator[Text]:
        columns = table.read(*_READ)
        if not columns:
            return
        named = ", ".join((*table.key, table.incident, table.client, *columns))
        size = len(table.key)
        for row in self._connection.rows(f"select {named} from {name} where {where}", {}):  # noqa: S608
            key, (incident, owner), values = row[:size], row[size : size + 2], row[size + 2 :]
            for column, value in zip(columns, values, strict=True):
                if value:
                    scope = _scope(table.columns[column], value, client, owner, is_about=incident in about)
                    yield Text(name, key, column, value, scope)


def _scope(kind: str, value: str, client: Client, owner: str | None, *, is_about: bool) -> Scope:
    if kind == "source":
        return source_scope(value)
    if kind == "found":  # names are said there without their capitals
        return Scope.OWN
    if kind == "said" and owner is not None:
        return Scope.OWN if owner == client.id else Scope.THEIRS
    return Scope.OWN if is_about else Scope.OTHER
