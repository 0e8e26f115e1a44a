"""Reports in private: a mail where the door is an address for mail, else finished text and the address of the form."""

from __future__ import annotations

from plugwatch.channels import email
from plugwatch.channels.forms import patch_file, thread_address, web_address
from plugwatch.model.roads.disclosure import DoorFacts, private_doors
from plugwatch.model.roads.road import Road
from plugwatch.model.roads.submission import Brief, PatchForms, Prepared, RenderedText, Surroundings


def prepare(
    road: Road,
    text: RenderedText,
    brief: Brief,
    patch: PatchForms | None,
    around: Surroundings,
    patch_as: str = "attached",
) -> Prepared:
    """The first private door (see :mod:`plugwatch.model.roads.disclosure`); what was begun in a form goes on there.

    Where no door is known, the mail has a marked blank in the place of the address.
    """
    thread = thread_address(brief)
    if thread:
        return Prepared(patch_file(road, brief, patch), thread)
    about = brief.component
    facts = DoorFacts(
        about.kind,
        about.slug,
        said=about.security_door,
        repository=about.repository,
        vendor_email=about.vendor_email,
    )
    door = next(iter(private_doors(facts)), None)
    if door is None or door.is_mail:
        return email.prepare(road, text, email.write_to(door.address if door else None, brief), patch, around, patch_as)
    return Prepared(patch_file(road, brief, patch), web_address(door.address))
