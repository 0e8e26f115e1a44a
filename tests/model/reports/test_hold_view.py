from __future__ import annotations

from boarding import ago, board, hold, record

from plugwatch.model.reports import hold_view
from plugwatch.model.reports.hold_view import HoldView
from plugwatch.model.reports.records import ComponentFact

_FORMS = ComponentFact("plugin/tidy-forms", versions=(("1.2.3", 4, 0), ("1.2.4", 3, 1), ("1.3", 8, 6)))


def _view(*holds, components=(_FORMS,)):
    records = (record(1, 30, holds=holds),)
    return HoldView.of(board(records=records, components={one.component: one for one in components}))


def test_a_hold_counts_sites_that_run_it_and_sites_that_would_get_it_and_no_builds_of_ours():
    (row,) = _view(hold(">=1.2.4,<1.3")).open

    assert (row.running, row.next) == (2, 4)  # of three on 1.2.4 one runs a build; nobody goes down from 1.3


def test_a_hold_without_an_end_threatens_every_site_below_it():
    (row,) = _view(hold(">=1.4")).open

    assert (row.running, row.next) == (0, 4 + 2 + 2)


def test_what_cannot_be_known_is_not_zero():
    (unread,) = _view(hold("all of them")).open
    (unlisted,) = _view(hold(), components=()).open

    assert (unread.running, unread.next, unlisted.running, unlisted.next) == (None, None, None, None)


def test_open_holds_that_are_broken_go_first_and_add_up():
    view = _view(hold("=9.9", reason="never seen"), hold("=1.2.3"), hold("=1.3"))

    assert [row.versions for row in view.open] == ["=1.2.3", "=1.3", "=9.9"]
    assert view.running == 4 + 2


def test_only_holds_that_were_lifted_in_the_period_are_shown_the_last_first():
    long_ago = hold("=1.0", 800, lifted_at=ago(700))
    spring, autumn = hold("=1.1", 300, lifted_at=ago(200), lifted_why="1.2 is out"), hold("=1.2", 60, lifted_at=ago(50))

    view = _view(long_ago, spring, autumn)

    assert view.open == ()
    assert [(row.versions, row.seconds / 86_400) for row in view.lifted] == [("=1.2", 10), ("=1.1", 100)]


def test_a_hold_that_two_incidents_know_is_one():
    one = hold()
    view = HoldView.of(board(records=(record(1, 30, holds=(one,)), record(2, 20, holds=(one,)))))

    assert len(view.open) == 1


def test_of_many_lifted_holds_the_last_ones_are_shown_and_the_rest_counted(monkeypatch):
    monkeypatch.setattr(hold_view, "MOST_LIFTED", 1)

    view = _view(hold("=1.1", 300, lifted_at=ago(200)), hold("=1.2", 60, lifted_at=ago(50)))

    assert ([row.versions for row in view.lifted], view.lifted_left) == (["=1.2"], 1)
