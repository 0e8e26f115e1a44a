"""``plugwatch submission draft``: a finished text for a vendor. Nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from plugwatch.cli.context import App, json_option, note, pass_app, print_json
from plugwatch.cli.draft_writing import make_order, write_draft
from plugwatch.cli.submission_views import document, show_draft
from plugwatch.errors import EXIT_PERSON
from plugwatch.model.roads.road import NETWORKS, ROADS, find_road
from plugwatch.model.roads.submitted import Submission


@click.command()
@click.argument("about", metavar="INC|PATCH")
@click.option("--via", "road_name", required=True, type=click.Choice(list(ROADS)), help="The road.")
@click.option("--to", metavar="COMPONENT", help="Whose vendor, where an incident has several components.")
@click.option("--on", "version", metavar="V", help="The release to write the patch against.")
@click.option("--why", metavar="TEXT", help="What is wrong and why (default: the patch's reason).")
@click.option("--tested", metavar="TEXT", help="How the fix was tried.")
@click.option("--join", metavar="URL", help="The issue, pull request or ticket at the vendor's that it belongs to.")
@click.option("--vendor-email", "email", metavar="ADDRESS", help="Where the vendor takes mail.")
@click.option("--vendor-url", "url", metavar="URL", help="The component's home page.")
@click.option("--repository", metavar="OWNER/NAME", help="The vendor's repository on GitHub.")
@click.option("--network", type=click.Choice(list(NETWORKS)), help="The social network (default: mastodon).")
@click.option("--label", "labels", metavar="LABEL", multiple=True, help="A label on GitHub, where we may set it.")
@click.option("--as-draft", is_flag=True, help="Open the pull request as a draft.")
@click.option("--offline", is_flag=True, help="Do not look at the vendor's repository, even with a token.")
@click.option("--redact", is_flag=True, help="Put neutral words in place of what the checks find, after showing them.")
@click.option("--edit", is_flag=True, help="Open the text in your editor before it is checked.")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files go (default: drafts/).",
)
@json_option
@pass_app
def draft(app: App, about: str, road_name: str, redact: bool, edit: bool, as_json: bool, **options: Any) -> int:
    """Write a finished draft for a vendor, and check it.

    With a token for GitHub the vendor's repository is looked at first: whether the fix is there already or on its way,
    and which form a report must have.
    """
    if edit:
        from plugwatch.cli.editing import check_editor

        check_editor("leave --edit out and give the text with 'plugwatch submission edit SUB --file FILE'")
    kept = write_draft(app, make_order(app, about, find_road(road_name), **options))
    if edit or redact:
        from plugwatch.cli.submission_edit import edit_post, redact_post

        kept = redact_post(app, kept, quiet=as_json) if redact else kept
        kept = edit_post(app, kept) if edit else kept
    if as_json:
        print_json(document(kept))
    else:
        show_draft(kept)
    _warn_of_closed_road(app, kept)
    return EXIT_PERSON if kept.current.blocked else 0


def _warn_of_closed_road(app: App, kept: Submission) -> None:
    """Say where the road is not one to take, by what is known of the vendor; nobody is asked."""
    from plugwatch.cli.vendor_show import vendor_facts
    from plugwatch.model.roads.routing import advise

    advice = advise(vendor_facts(app, kept.component, offline=True), security=kept.channel == "security")
    row = next(row for row in advice.roads if row.road == kept.channel)
    if row.verdict == "closed" and not kept.current.blocked:
        why = "; ".join(row.why_not)
        note(f"{kept.channel} is not a road to take: {why}; see 'plugwatch vendor show {kept.component}'")
