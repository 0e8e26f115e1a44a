"""The fields that GitHub's stand-in sends because GitHub always does."""

from __future__ import annotations

from typing import Any

# Fields that GitHub always sends and nobody here reads: addresses, numbers, and what is not known.
USER = """avatar_url events_url followers_url following_url gists_url node_id organizations_url received_events_url
    repos_url starred_url subscriptions_url"""
REPOSITORY = """archive_url archived assignees_url blobs_url branches_url collaborators_url comments_url
    commits_url compare_url contents_url contributors_url created_at deployments_url description disabled downloads_url
    events_url forks forks_count forks_url git_commits_url git_refs_url git_tags_url git_url has_discussions has_issues
    has_pages has_projects has_wiki homepage hooks_url issue_comment_url issue_events_url issues_url keys_url labels_url
    language languages_url license merges_url milestones_url mirror_url network_count node_id notifications_url
    open_issues open_issues_count pulls_url pushed_at releases_url size ssh_url stargazers_count stargazers_url
    statuses_url subscribers_count subscribers_url subscription_url svn_url tags_url teams_url trees_url updated_at
    watchers watchers_count"""
PULL = """_links additions assignee author_association auto_merge closed_at comments commits_url created_at deletions
    locked maintainer_can_modify merge_commit_sha mergeable_state merged_at merged_by milestone node_id
    review_comment_url review_comments review_comments_url statuses_url updated_at"""


def filled(fields: str, url: str) -> dict[str, Any]:
    """Fields that must be there: addresses below ``url``, everything else not known."""
    return {name: f"{url}/{name.removesuffix('_url')}" if name.endswith("_url") else None for name in fields.split()}
