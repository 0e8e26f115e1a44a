"""Further texts of a submission: what goes on in the same thread."""

from __future__ import annotations

from dataclasses import replace

from plugwatch.cli.context import App
from plugwatch.cli.draft_files import keep_further, new_post
from plugwatch.cli.drafting import Desk
from plugwatch.cli.matters import read_matter, read_told, titled
from plugwatch.model.roads.road import find_road
from plugwatch.model.roads.submission import Thread
from plugwatch.model.roads.submitted import Submission


def further(
    app: App, submission: Submission, kind: str, thread: Thread, *, asks: str | None = None, step: int | None = None
) -> Submission:
    """Write a further text of a kind (see KINDS) in a thread, check it and keep it; one that waits is written anew."""
    road = find_road(submission.channel)
    matter = read_matter(app, submission, kind, thread)
    desk = Desk(app)
    told = read_told(app, submission)
    brief = titled(desk.brief(matter, told), thread)
    around = desk.around(told, tuple(post.mail_id for post in submission.posts if post.mail_id and post.sent_at))
    made = desk.write(road, brief, matter, around)
    post = replace(new_post(app, made, kind, around), asks=asks, step=step)
    return keep_further(app, submission, post, made)
