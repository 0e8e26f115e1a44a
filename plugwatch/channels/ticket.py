"""The help desk of a vendor who sells support: finished text, files to upload, and the desk's address.

Licence keys stay out of all of it: a desk's form has a field of its own for them, which a person fills in.
"""

from __future__ import annotations

from plugwatch.channels import email
from plugwatch.channels.forms import patch_file, thread_address, web_address
from plugwatch.model.client import is_email
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
    """The patch to upload and the address of the ticket, or of the desk's form; a mail where the desk takes mails."""
    desk = brief.component.support_url
    thread = thread_address(brief)
    if desk and is_email(desk) and thread is None:
        return email.prepare(road, text, email.write_to(desk, brief), patch, around, patch_as)
    return Prepared(patch_file(road, brief, patch), thread or web_address(desk))
