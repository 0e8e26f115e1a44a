-- name: roots
-- Incidents that were open at any time since a moment (by what they are, and by what their lines of kind status say), or
-- for which a first text to a vendor left since then; or the one of a number.
select number, incident.id, title, status, severity, triggered_by, opened_at, kind, slug, version, affected, vendor.name,
  security, assignee, workaround, steps, expected, actual
from incident left join component on component.id = incident.component_id
  left join vendor on vendor.component_id = incident.component_id
where number = :number or :number = 0 and merged_into is null and (
  opened_at >= :since or status in ('investigating', 'identified', 'monitoring')
  or exists (
    select 1 from event where incident_id = incident.id and at >= :since and event.kind = 'status'
      and body in ('investigating', 'identified', 'monitoring'))
  or coalesce((
    select body from event where incident_id = incident.id and at < :since and event.kind = 'status'
    order by at desc, recorded_at desc, event.id desc limit 1), 'investigating')
    in ('investigating', 'identified', 'monitoring')
  or incident.id in (
    select coalesce(made.merged_into, made.id)
    from post join submission on submission.id = submission_id left join patch on patch.id = patch_id
      join incident made on made.id = coalesce(submission.incident_id, patch.incident_id)
    group by submission.id, made.merged_into, made.id having min(sent_at) >= :since))
order by number desc;

-- name: merged
select incident.id, root.number, incident.number from incident join incident root on root.id = incident.merged_into
order by incident.number;

-- name: with_components
select distinct coalesce(noted.merged_into, noted.id), kind, slug
from incident_component join incident noted on noted.id = incident_id
  join component on component.id = incident_component.component_id
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by kind, slug;

-- name: calls
select incident_id, site.slug, client.slug, caller, heard, words, ticket, at, recorded_at, actor
from client_call left join site on site.id = site_id left join client on client.id = client_call.client_id
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by at, client_call.id;

-- name: impacts
-- In the order in which they were given, so that the last one of a site counts.
select incident_id, site.slug, client.slug, state, justification, actor, at, detail, valid_until
from impact join site on site.id = site_id join client on client.id = site.client_id
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by impact.id;

-- name: events
-- How the record of a merged incident changed (its status, its cause) is not how that of the other one did.
select incident_id, event.at, event.recorded_at, event.actor, event.kind, visibility, event.body, minutes, client.slug
from event join incident noted on noted.id = incident_id left join client on client.id = client_id
where (noted.merged_into is null or event.kind not in ('status', 'set')) and incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by event.at, event.recorded_at, event.id;

-- name: promises
-- When each was kept: the rule of promises.sql.
select incident_id, client.slug, due_at, made_at, (
  select min(sent_at) from message join delivery on delivery.message_id = message.id
  where message.client_id = promise.client_id
    and message.incident_id in (
      select id from incident
      where id = coalesce(noted.merged_into, noted.id) or merged_into = coalesce(noted.merged_into, noted.id))
    and message.id <> coalesce(promise.message_id, '') and sent_at >= promise.made_at), number, promise.id
from promise join incident noted on noted.id = incident_id join client on client.id = promise.client_id
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by made_at, due_at, promise.id;

-- name: told
select incident_id, client.slug, phase, min(sent_at), asks
from message join delivery on delivery.message_id = message.id join client on client.id = message.client_id
where sent_at is not null and incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
group by message.id, incident_id, client.slug, phase, asks
order by min(sent_at), message.id;

-- name: holds
select incident_id, number, kind, slug, versions, reason, until, at, hold.actor, lifted_at, hold.id, lifted_why
from hold join incident noted on noted.id = incident_id join component on component.id = hold.component_id
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by hold.id;

-- name: patches
select incident_id, id from patch
where incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by operation_id, id;

-- name: links
-- Both ways; what is linked to a merged incident is linked to the one that it went on as.
select distinct coalesce(near.merged_into, near.id), other.number, note
from (
  select incident_id, other_id, note from incident_link
  union all
  select other_id, incident_id, note from incident_link
) both_ways join incident near on near.id = incident_id
  join incident far on far.id = other_id join incident other on other.id = coalesce(far.merged_into, far.id)
where other.id <> coalesce(near.merged_into, near.id) and incident_id in (
  select id from incident
  where number between :first and :last or merged_into in (select id from incident where number between :first and :last))
order by other.number, note;

-- name: submissions
-- One that names no incident belongs to that of its patch.
select made.id, submission.number, channel, kind, slug, submission.status,
  (select title from post where post.submission_id = submission.id and position = 0), patch_id, remote_url,
  (select min(sent_at) from post where post.submission_id = submission.id), fixed_in
from submission join component on component.id = submission.component_id left join patch on patch.id = patch_id
  join incident made on made.id = coalesce(submission.incident_id, patch.incident_id)
order by submission.number;

-- name: moves
select number, submission_change.status, at, by_hand
from submission_change join submission on submission.id = submission_id
where number between :first and :last
order by at, submission_change.id;

-- name: answers
select number, at, human from remark join submission on submission.id = submission_id
where number between :first and :last
order by at, remote_id;

-- name: clients
select slug, name from client order by slug;

-- name: sites
select site.slug, client.slug, tier, url from site join client on client.id = site.client_id order by site.slug;

-- name: components
-- WordPress and PHP run everywhere, so they count where an incident is about them.
select kind, slug, component.name, vendor.name, document
from component left join vendor on vendor.component_id = component.id
  left join (select kind as known_kind, slug as known_slug, document from directory_entry) known
    on known_kind = kind and known_slug = slug
where kind <> 'core' and exists (select 1 from installation where component_id = component.id and closed_at is null)
  or exists (select 1 from incident where component_id = component.id)
  or exists (select 1 from incident_component where component_id = component.id)
  or exists (select 1 from fork_release where component_id = component.id)
order by kind, slug;

-- name: versions
select kind, slug, base_version, count(*), count(build)
from installation join component on component.id = component_id
where closed_at is null
group by kind, slug, base_version;

-- name: releases
select kind, slug, version, at
from fork_release join component on component.id = fork_release.component_id
  join fork_operation on fork_operation.id = operation_id;

-- name: stacks
select kind, slug, version, patch_id
from stack_entry join component on component.id = component_id
order by position;

-- name: forked_patches
select kind, slug, patch.id, patch.title, origin, at, root.number
from patch join component on component.id = patch.component_id join fork_operation on fork_operation.id = operation_id
  left join incident noted on noted.id = patch.incident_id
  left join incident root on root.id = coalesce(noted.merged_into, noted.id)
order by at, patch.id;

-- name: stances
select patch_id, stance, reason from stance order by id;

-- name: sent
-- What was written of each patch, and when the first text of it left; of none in particular: for which incident.
select number, patch_id, root_number, min(sent_at)
from (
  select submission.id as submission_id, submission.number as number, patch_id, root.number as root_number
  from submission left join incident made on made.id = incident_id
    left join incident root on root.id = coalesce(made.merged_into, made.id)
) written left join post on post.submission_id = written.submission_id
group by number, patch_id, root_number
order by number;

-- name: drops
select kind, slug, patch_id, version, verdict, at
from patch_drop join patch on patch.id = patch_id join component on component.id = patch.component_id
  join fork_operation on fork_operation.id = patch_drop.operation_id
order by at, patch_id;

-- name: builds
select kind, slug, version, base_version, at
from build join component on component.id = build.component_id
  join fork_operation on fork_operation.id = operation_id;
