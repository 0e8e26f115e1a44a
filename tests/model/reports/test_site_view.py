from __future__ import annotations

from boarding import board, fork, on_site

from plugwatch.model.reports import site_view
from plugwatch.model.reports.site_view import Cell, Group, SiteView


def _view(*rows, **facts):
    return SiteView.of(board(matrix=rows, **facts))


def test_the_worst_go_first_and_what_is_known_least_before_what_is_well():
    view = _view(
        on_site("acme-blog", "patched"),
        on_site("bolt-site", "patched", certainty="claimed"),
        on_site("cape-site", "unknown"),
        on_site("dune-site", "tampered"),
        on_site("echo-shop", "lost"),
        on_site("fern-site", "other"),
    )

    assert [row.site for row in view.rows] == [
        "echo-shop",
        "dune-site",
        "cape-site",
        "fern-site",
        "bolt-site",
        "acme-blog",
    ]
    assert view.states == {"lost": 1, "tampered": 1, "unknown": 1, "other": 1, "patched": 2}
    assert (view.sites, view.claimed, view.lost_count) == (6, 1, 2)


def test_what_is_lost_is_told_in_a_sentence_with_the_incident():
    (found,) = _view(on_site("acme-shop", "lost", incidents=("INC-7",)), on_site("acme-blog", "patched")).lost

    row, sentence = found
    assert row.site == "acme-shop"
    assert "Acme is hit again by INC-7" in sentence


def test_sites_stand_by_their_client_and_columns_by_their_component():
    view = _view(
        on_site("bolt-site", "lost"),
        on_site("acme-shop", "lost", "shop-lite", patches=(("pw-eeeeeeeeee", "missing"),)),
        on_site("acme-blog", "patched"),
        on_site("acme-shop", "patched"),
        on_site("bolt-info", "patched"),
        forks=(fork(),),
    )

    assert [(row.client, row.site) for row in view.matrix] == [
        ("Acme", "acme-shop"),
        ("Acme", "acme-blog"),
        ("Bolt", "bolt-site"),
        ("Bolt", "bolt-info"),
    ]
    assert view.groups == (Group("plugin/tidy-forms", 2), Group("plugin/shop-lite", 1))
    assert [column.title for column in view.columns] == ["Fix a", "Fix c", "pw-eeeeeeeeee"]
    assert view.matrix[0].cells == (Cell("patched", True), Cell("patched", True), Cell("lost", True))
    assert view.matrix[1].cells[2] is None


def test_each_patch_has_its_own_state():
    mixed = (("pw-aaaaaaaaaa", "there"), ("pw-bbbbbbbbbb", "missing"), ("pw-cccccccccc", "changed"), ("pw-x", "unsure"))
    (row,) = _view(on_site("acme-shop", "tampered", patches=mixed, certainty="claimed")).matrix

    assert [cell.state for cell in row.cells] == ["patched", "lost", "tampered", "unknown"]
    assert not any(cell.verified for cell in row.cells)


def test_what_was_never_there_is_not_called_lost():
    (row,) = _view(on_site("acme-shop", "other")).matrix

    assert {cell.state for cell in row.cells} == {"other"}


def test_a_large_fleet_is_cut_and_says_so_and_keeps_what_is_lost(monkeypatch):
    monkeypatch.setattr(site_view, "MOST_SITES", 2)
    monkeypatch.setattr(site_view, "MOST_PATCHES", 3)
    monkeypatch.setattr(site_view, "MOST_ROWS", 4)
    rows = [on_site(f"acme-{number}", "patched") for number in range(5)]
    lost = on_site("zoo-shop", "lost", "shop-lite", patches=(("pw-eeeeeeeeee", "missing"),))

    view = _view(*rows, lost)

    assert [row.site for row in view.matrix] == ["zoo-shop", "acme-0"]
    assert (view.sites_left, view.patches_left, view.rows_left) == (4, 0, 2)
    assert [column.component for column in view.columns] == ["plugin/shop-lite", *["plugin/tidy-forms"] * 2]


def test_components_are_counted_by_state_with_those_in_trouble_first():
    view = _view(
        on_site("acme-a", "patched"),
        on_site("acme-b", "patched", certainty="claimed"),
        on_site("acme-c", "unknown"),
        on_site("acme-d", "tampered", "shop-lite"),
    )

    first, second = view.tallies
    assert (first.component, first.tampered, first.sites) == ("plugin/shop-lite", 1, 1)
    assert (second.patched, second.claimed, second.unknown, second.sites) == (2, 1, 1, 3)


def test_nothing_at_all_is_fine():
    view = _view()

    assert (view.sites, view.rows, view.matrix, view.columns, view.states["patched"]) == (0, (), (), (), 0)
