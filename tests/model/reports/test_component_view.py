from __future__ import annotations

import pytest
from boarding import ago, board, called, fork, full_board, hit, hold, record, sent, worked

from plugwatch.model.reports import component_view
from plugwatch.model.reports.component_view import ComponentView, spread
from plugwatch.model.reports.places import component_page
from plugwatch.model.reports.records import ComponentFact

DAY = 86_400
_FORMS = ComponentFact(
    "plugin/tidy-forms", "Tidy Forms", "Tidy Works", (("1.2.3", 4, 0), ("1.2.4", 3, 1), ("1.3", 8, 6))
)


def _values(chart):
    return {series.name: series.values for series in chart.series}


def test_only_components_with_an_incident_a_hold_or_a_fork_have_a_page():
    held = record(1, 9, "plugin/one", holds=(hold(component="held"),))

    view = ComponentView.of(
        board(
            records=(held, record(2, 8, None)),
            forks=(fork("theme/plain"),),
            components={name: ComponentFact(name) for name in ("plugin/quiet", "plugin/held")},
        )
    )

    assert [page.row.component for page in view.pages] == ["plugin/held", "plugin/one", "theme/plain"]
    assert [row.component for row in view.rows] == ["plugin/one"]
    assert [page.row.held for page in view.pages] == [1, 0, 0]


def test_the_versions_that_an_open_incident_names_are_affected_and_builds_of_ours_are_not():
    chart = spread(_FORMS, [">=1.2.4,<1.3"])

    assert chart.labels == ("1.2.3", "1.2.4", "1.3")
    assert _values(chart) == {
        "affected": (0, 2, 0),
        "not known to be affected": (4, 0, 2),
        "with a build of ours": (0, 1, 6),
    }
    assert chart.n == 15


def test_an_incident_that_is_over_or_names_no_readable_range_marks_nothing():
    over = record(1, 9, status="closed", affected=">=1.2.4", turn="nobody")
    unread = record(2, 8, affected="most of them")

    (page,) = ComponentView.of(board(records=(over, unread), components={_FORMS.component: _FORMS})).pages

    assert page.affected == (("most of them", ("INC-2",)),)
    assert "affected" not in _values(page.spread)


def test_where_nobody_has_named_a_range_the_version_it_was_seen_with_is_affected():
    seen = record(1, 9, version="1.2.4")

    (page,) = ComponentView.of(board(records=(seen,), components={_FORMS.component: _FORMS})).pages

    assert _values(page.spread)["affected"] == (0, 2, 0)


def test_of_many_versions_the_affected_ones_and_the_most_used_are_shown(monkeypatch):
    monkeypatch.setattr(component_view, "MOST_VERSIONS", 2)
    fact = ComponentFact("plugin/x", versions=(("1.0", 1, 0), ("1.1", 9, 0), ("1.2", 1, 1), ("1.3", 5, 0)))

    chart = spread(fact, ["=1.0"])

    assert chart.labels == ("1.0", "1.1", "2 others")
    assert _values(chart) == {
        "affected": (1, 0, 0),
        "not known to be affected": (0, 9, 5),
        "with a build of ours": (0, 0, 1),
    }


def test_a_component_that_no_site_runs_has_an_empty_picture():
    assert spread(ComponentFact("plugin/x"), ["=1"]).is_empty


def test_a_row_adds_up_its_incidents_and_never_mixes_severities():
    records = (
        record(
            1, 20, calls=(called(20),), impacts=(hit(20, "affected"), hit(19, "mitigated")), events=(worked(20, 90),)
        ),
        record(2, 9, severity="low", calls=(called(9),), impacts=(hit(9, "affected"),), events=(worked(9, 30),)),
        record(3, 5, status="closed", turn="nobody", calls=(), upstream=(sent(1, 4, fixed=1),)),
    )

    (row,) = ComponentView.of(board(records=records, hourly_rate=90.0, components={_FORMS.component: _FORMS})).rows

    assert (row.name, row.vendor, row.sites, row.incidents, row.open) == ("Tidy Forms", "Tidy Works", 15, 3, 2)
    assert (row.hours, row.money) == (2, 180)
    assert row.mitigation["high"].median == (DAY, False)
    assert row.mitigation["low"].median == (9 * DAY, True)
    assert row.worst_mitigation == DAY
    assert (row.fix.n, row.fix.median) == (1, (3 * DAY, False))


def test_without_a_rate_there_is_no_money():
    (row,) = ComponentView.of(board(records=(record(1, 9, events=(worked(9, 60),)),))).rows

    assert row.money is None


def test_the_map_shows_what_something_was_sent_for_and_open_cases_as_at_least():
    view = ComponentView.of(full_board())

    points = {point.label: point for point in view.map.points}
    assert set(points) == {"Tidy Forms", "Shop Lite"}
    lite = points["Shop Lite"]
    assert (lite.x, lite.size, lite.at_least, lite.note) == (21, 4, True, "no grade yet")
    assert lite.y == pytest.approx(12)
    assert lite.link == component_page("plugin/shop-lite")
    assert lite.role == "quiet"
    assert "grade" in points["Tidy Forms"].note
    assert view.map.n == 2


def test_a_fix_at_once_has_its_place_on_a_logarithmic_axis():
    record_ = record(1, 9, upstream=(sent(1, 5, fixed=5),))

    (point,) = ComponentView.of(board(records=(record_,))).map.points

    assert point.y == 0.1


def test_open_incidents_go_first_and_a_long_list_says_what_is_left(monkeypatch):
    monkeypatch.setattr(component_view, "MOST_INCIDENTS", 2)
    over = {"status": "closed", "turn": "nobody"}
    records = (record(3, 1, **over), record(2, 5), record(1, 9, **over))

    (page,) = ComponentView.of(board(records=records)).pages

    assert [one.name for one in page.incidents] == ["INC-2", "INC-3"]
    assert page.incidents_left == 1


def test_a_page_shows_open_holds_before_those_that_were_lifted():
    lifted, still = hold("=1.1", 50, lifted_at=ago(20)), hold("=1.2.4", 10)

    (page,) = ComponentView.of(board(records=(record(1, 60, holds=(lifted, still)),))).pages

    assert [row.versions for row in page.holds] == ["=1.2.4", "=1.1"]
