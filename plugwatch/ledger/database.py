"""Opens the ledger, and gives each command its one unit of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from plugwatch.errors import LedgerError
from plugwatch.ledger.connection import Connection
from plugwatch.ledger.migrate import migrate

if TYPE_CHECKING:
    from plugwatch.ledger.catalog import Catalog
    from plugwatch.ledger.clients import Clients
    from plugwatch.ledger.components import Components
    from plugwatch.ledger.counters import Counters
    from plugwatch.ledger.deployments import Deployments
    from plugwatch.ledger.due import DueList
    from plugwatch.ledger.erasure import Erasure
    from plugwatch.ledger.evidence import Evidences
    from plugwatch.ledger.feedback import Feedbacks
    from plugwatch.ledger.findings import Findings
    from plugwatch.ledger.forks import Forks
    from plugwatch.ledger.history import History
    from plugwatch.ledger.holds import Holds
    from plugwatch.ledger.hours import Hours
    from plugwatch.ledger.impacts import Impacts
    from plugwatch.ledger.imports import Imports
    from plugwatch.ledger.incidents import Incidents
    from plugwatch.ledger.installations import Installations
    from plugwatch.ledger.messages import Messages
    from plugwatch.ledger.patches import Patches
    from plugwatch.ledger.promises import Promises
    from plugwatch.ledger.retirements import Retirements
    from plugwatch.ledger.security import SecurityMarks
    from plugwatch.ledger.sites import Sites
    from plugwatch.ledger.submissions import Submissions
    from plugwatch.ledger.unresolved import Unresolved
    from plugwatch.ledger.vendors import Vendors


class UnitOfWork:
    """The repositories, on one transaction; each is imported and made when it is first asked for."""

    def __init__(self, connection: Connection, component_ids: dict[tuple[str, str], tuple[str, str | None]]) -> None:
        self._connection = connection
        self._component_ids = component_ids

    @cached_property
    def clients(self) -> Clients:
        """Who pays, and whom to tell."""
        from plugwatch.ledger.clients import Clients

        return Clients(self._connection)

    @cached_property
    def sites(self) -> Sites:
        """The sites of the clients."""
        from plugwatch.ledger.sites import Sites

        return Sites(self._connection, self.clients)

    @cached_property
    def components(self) -> Components:
        """Plugins, themes and whatever else has been seen."""
        from plugwatch.ledger.components import Components

        return Components(self._connection, self._component_ids)

    @cached_property
    def installations(self) -> Installations:
        """What is installed where, now and over time."""
        from plugwatch.ledger.installations import Installations

        return Installations(self._connection, self.components)

    @cached_property
    def imports(self) -> Imports:
        """The record of every list that was read."""
        from plugwatch.ledger.imports import Imports

        return Imports(self._connection)

    @cached_property
    def unresolved(self) -> Unresolved:
        """What lists show by display name only."""
        from plugwatch.ledger.unresolved import Unresolved

        return Unresolved(self._connection)

    @cached_property
    def catalog(self) -> Catalog:
        """What display names stand for."""
        from plugwatch.ledger.catalog import Catalog

        return Catalog(self._connection)

    @cached_property
    def counters(self) -> Counters:
        """Human numbers."""
        from plugwatch.ledger.counters import Counters

        return Counters(self._connection)

    @cached_property
    def incidents(self) -> Incidents:
        """What broke, and what was said and done about it."""
        from plugwatch.ledger.incidents import Incidents

        return Incidents(self._connection, self.clients, self.sites, self.components)

    @cached_property
    def impacts(self) -> Impacts:
        """What incidents mean for each site."""
        from plugwatch.ledger.impacts import Impacts

        return Impacts(self._connection, self.sites)

    @cached_property
    def promises(self) -> Promises:
        """What was promised to clients."""
        from plugwatch.ledger.promises import Promises

        return Promises(self._connection, self.clients)

    @cached_property
    def holds(self) -> Holds:
        """Versions that no site should get."""
        from plugwatch.ledger.holds import Holds

        return Holds(self._connection, self.components)

    @cached_property
    def forks(self) -> Forks:
        """The index of the forks."""
        from plugwatch.ledger.forks import Forks

        return Forks(self._connection, self.components, self.installations)

    @cached_property
    def patches(self) -> Patches:
        """What is known of patches beyond git."""
        from plugwatch.ledger.patches import Patches

        return Patches(self._connection, self.components)

    @cached_property
    def submissions(self) -> Submissions:
        """What was written for vendors."""
        from plugwatch.ledger.submissions import Submissions

        return Submissions(self._connection, self.components)

    @cached_property
    def messages(self) -> Messages:
        """What clients were told."""
        from plugwatch.ledger.messages import Messages

        return Messages(self._connection, self.clients, self.sites)

    @cached_property
    def feedback(self) -> Feedbacks:
        """What clients said of how it was handled."""
        from plugwatch.ledger.feedback import Feedbacks

        return Feedbacks(self._connection, self.clients)

    @cached_property
    def vendors(self) -> Vendors:
        """What vendors are called."""
        from plugwatch.ledger.vendors import Vendors

        return Vendors(self._connection, self.components)

    @cached_property
    def findings(self) -> Findings:
        """What the last check saw."""
        from plugwatch.ledger.findings import Findings

        return Findings(self._connection)

    @cached_property
    def evidence(self) -> Evidences:
        """What was seen of builds on sites."""
        from plugwatch.ledger.evidence import Evidences

        return Evidences(self._connection, self.components, self.sites)

    @cached_property
    def deployments(self) -> Deployments:
        """What was put on sites."""
        from plugwatch.ledger.deployments import Deployments

        return Deployments(self._connection, self.components, self.sites)

    @cached_property
    def security(self) -> SecurityMarks:
        """What matters for security."""
        from plugwatch.ledger.security import SecurityMarks

        return SecurityMarks(self._connection, self.components)

    @cached_property
    def retirements(self) -> Retirements:
        """Patches that leave."""
        from plugwatch.ledger.retirements import Retirements

        return Retirements(self._connection)

    @cached_property
    def hours(self) -> Hours:
        """What was worked, and for whom."""
        from plugwatch.ledger.hours import Hours

        return Hours(self._connection)

    @cached_property
    def due(self) -> DueList:
        """What the morning shows: whom we owe a word, and whose turn it is."""
        from plugwatch.ledger.due import DueList

        return DueList(self._connection)

    @cached_property
    def history(self) -> History:
        """What reports are made of."""
        from plugwatch.ledger.history import History

        return History(self._connection)

    @cached_property
    def erasure(self) -> Erasure:
        """Where words of a client may stand."""
        from plugwatch.ledger.erasure import Erasure

        return Erasure(self._connection)


class Ledger:
    """One open ledger. Not for several threads at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._busy = False
        # Ids of components never change, so they are looked up once for all units of work of a long import.
        self._component_ids: dict[tuple[str, str], tuple[str, str | None]] = {}

    def __repr__(self) -> str:
        return f"Ledger({self.place!r})"

    @property
    def place(self) -> str:
        """What to call the database in a sentence: a file's path, or a URL without user and password."""
        return self._connection.place

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """What one command changes: kept whole at a clean end, undone whole on any exception.

        No other unit of work runs at the same time, on this machine or any other. Raises BusyError where another one
        lasts longer than 30 seconds.
        """
        with self._transaction(write=True) as work:
            yield work

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """One state of the ledger to read from; nobody is kept from writing meanwhile."""
        with self._transaction(write=False) as work:
            yield work

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[UnitOfWork]:
        if self._busy:
            raise RuntimeError("a unit of work is open already")
        self._busy = True
        try:
            self._connection.begin(write=write)
            yield UnitOfWork(self._connection, self._component_ids)
            self._connection.commit()
        except BaseException:
            self._component_ids.clear()  # it may hold ids that are undone now
            self._connection.rollback()
            raise
        finally:
            self._busy = False

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_ledger(url: str, *, workspace: Path, create: bool = False) -> Ledger:
    """Open the ledger at ``sqlite:///PATH`` (relative to the workspace, or absolute) or ``postgresql://...``.

    An older ledger is brought up to date first. With ``create`` a missing one is made; without it, a missing one, one
    written by a newer plugwatch and whatever is not a ledger raise LedgerError.
    """
    connection = connect(url, workspace, create=create)
    try:
        migrate(connection, create=create)
    except BaseException:
        connection.close()
        raise
    return Ledger(connection)


def connect(url: str, workspace: Path, *, create: bool) -> Connection:
    """The connection for a URL, whatever state the database behind it is in.

    Each engine's driver is loaded only where it is used. Raises LedgerError where there is no such database.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        from plugwatch.ledger.sqlite import SqliteConnection

        return SqliteConnection(workspace / rest[1:], create=create)
    if scheme in {"postgresql", "postgres"} and rest:
        from plugwatch.ledger.postgres import PostgresConnection

        return PostgresConnection(url)
    raise LedgerError(
        f"a database URL that begins with '{scheme[:20]}' is none of plugwatch's; "
        "write sqlite:///plugwatch.db or postgresql://HOST/NAME"
    )
