-- name: promises
-- A promise is open until a word to that client about that incident (or what was merged into it) has gone out after it,
-- other than the message that made it: the rule of promises.sql. Of what is closed only the recent ones are looked at.
select promise.id, root.number, root.status, root.severity, root.assignee, client.slug, client.name, promise.due_at,
  (select asks from message where id = promise.message_id),
  exists (
    select 1 from message join delivery on delivery.message_id = message.id
    where message.client_id = promise.client_id
      and message.incident_id in (select id from incident where id = root.id or merged_into = root.id)
      and delivery.sent_at is not null)
from promise join incident made on made.id = promise.incident_id
  join incident root on root.id = coalesce(made.merged_into, made.id)
  join client on client.id = promise.client_id
where (root.status <> 'closed' or promise.due_at >= :since)
  and not exists (
    select 1 from message join delivery on delivery.message_id = message.id
    where message.client_id = promise.client_id
      and message.incident_id in (select id from incident where id = root.id or merged_into = root.id)
      and message.id <> coalesce(promise.message_id, '') and delivery.sent_at >= promise.made_at)
order by promise.due_at, promise.id;

-- name: incidents
select number, title, status, severity, assignee,
  coalesce((select max(recorded_at) from event where incident_id = incident.id), recorded_at)
from incident where merged_into is null and status <> 'closed';

-- name: impacts
-- Verdicts that ran out, and clients who are hit (affected, mitigated or resolved) and neither called nor got a message.
with family (root_id, number, member_id) as (
  select root.id, root.number, member.id
  from incident root join incident member on coalesce(member.merged_into, member.id) = root.id
  where root.merged_into is null and root.status <> 'closed'
), knows (root_id, client_id) as (
  select root_id, client_id from family join client_call on client_call.incident_id = member_id
  where client_id is not null and heard not in ('monitor', 'self')
  union
  select root_id, client_id from family join message on message.incident_id = member_id
    join delivery on delivery.message_id = message.id
  where delivery.sent_at is not null
), newest (root_id, number, impact_id) as (
  select root_id, number, max(impact.id) from family join impact on impact.incident_id = member_id
  group by root_id, number, impact.site_id
)
select number,
  sum(case when impact.state <> 'in_triage' and impact.valid_until < :now then 1 else 0 end),
  count(distinct case when impact.state in ('affected', 'mitigated', 'resolved') and knows.client_id is null
    then site.client_id end)
from newest join impact on impact.id = newest.impact_id join site on site.id = impact.site_id
  left join knows on knows.root_id = newest.root_id and knows.client_id = site.client_id
group by number;

-- name: in_triage
-- The sites of which the newest verdict is that somebody must look, with what runs there, added up by version.
with newest (root_id, site_id, impact_id) as (
  select root.id, impact.site_id, max(impact.id)
  from incident root join incident member on member.id = root.id or member.merged_into = root.id
    join impact on impact.incident_id = member.id
  where root.merged_into is null and root.status <> 'closed'
  group by root.id, impact.site_id
)
select root.number, root.affected, root.version, impact.justification, root.component_id is null, base_key, count(*)
from newest join impact on impact.id = newest.impact_id join incident root on root.id = newest.root_id
  left join installation on installation.site_id = newest.site_id
    and installation.component_id = root.component_id and closed_at is null
where impact.state = 'in_triage'
group by root.number, root.affected, root.version, impact.justification, root.component_id is null, base_key;

-- name: not_told_the_end
-- Clients who called or were told something, and were not told the end since the incident came back for them.
with family (number, member_id, root_id) as (
  select root.number, member.id, root.id
  from incident root join incident member on coalesce(member.merged_into, member.id) = root.id
  where root.status = 'resolved' and root.merged_into is null
), knows (number, client_id, root_id) as (
  select number, client_id, root_id from family join client_call on client_call.incident_id = member_id
  where client_id is not null and heard not in ('monitor', 'self')
  union
  select number, client_id, root_id from family join message on message.incident_id = member_id
    join delivery on delivery.message_id = message.id
  where delivery.sent_at is not null
)
select number, count(*) from knows join client on client.id = knows.client_id
where client.name <> :forgotten and not exists (
  select 1 from message join delivery on delivery.message_id = message.id
  join family on member_id = message.incident_id
  where message.client_id = knows.client_id and family.number = knows.number
    and message.phase in ('resolved', 'closed') and delivery.sent_at >= coalesce((
      select max(at) from event
      where incident_id = knows.root_id and kind = 'reopen'
        and (event.client_id is null or event.client_id = knows.client_id)), ''))
group by number;

-- name: asked
select root.number, client.name, min(delivery.sent_at), (
  select min(client_call.at) from client_call join incident heard on heard.id = client_call.incident_id
  where client_call.client_id = message.client_id and coalesce(heard.merged_into, heard.id) = root.id
    and client_call.at >= min(delivery.sent_at))
from message join delivery on delivery.message_id = message.id
  join incident told on told.id = message.incident_id
  join incident root on root.id = coalesce(told.merged_into, told.id)
  join client on client.id = message.client_id
where message.asks = 1 and delivery.sent_at is not null and root.status <> 'closed'
group by message.id, message.client_id, root.id, root.number, client.name
order by 3;

-- name: submissions
-- Since when it stands as it does: the last word of either side, or of whoever said by hand how it stands; and whether a
-- person at the vendor's has written since we last did.
select number, assignee, sub, kind, slug, status, coalesce(moved_at, created_at) as since,
  case when theirs > coalesce(ours, '') then 1 else 0 end as waits_for_us
from (
  select root.number as number, root.assignee as assignee, submission.number as sub, kind, slug, submission.status,
    submission.created_at,
    (select max(at) from (
      select max(sent_at) as at from post where post.submission_id = submission.id
      union all select max(at) from remark where remark.submission_id = submission.id and human = 1
      union all select max(at) from submission_change where submission_change.submission_id = submission.id
    ) moves) as moved_at,
    (select max(at) from (
      select max(sent_at) as at from post where post.submission_id = submission.id
      union all select max(at) from submission_change where submission_change.submission_id = submission.id
        and ((by_hand = 1 and status <> 'draft') or status in ('accepted', 'rejected', 'released'))
    ) words) as ours,
    (select max(at) from remark where remark.submission_id = submission.id and human = 1) as theirs
  from submission join component on component.id = submission.component_id
    left join incident made on made.id = submission.incident_id
    left join incident root on root.id = coalesce(made.merged_into, made.id)
  where root.id is null or root.status <> 'closed'
) listed
order by sub;

-- name: trails
-- What the ladder must know of every submission that was sent and has no end: to whom and about what (of a merged incident
-- the one that it went on as, else the patch), the last words of both sides, and what it goes on from.
select submission.number, coalesce(root.number, 0), coalesce(submission.patch_id, ''), root.assignee, kind, slug,
  submission.channel, submission.status, coalesce(root.security, 0), earlier.number,
  (select max(at) from (
    select max(sent_at) as at from post where post.submission_id = submission.id
    union all select max(at) from submission_change where submission_change.submission_id = submission.id
      and by_hand = 1 and submission_change.status <> 'draft'
  ) words),
  (select max(at) from remark where remark.submission_id = submission.id and human = 1),
  (select min(sent_at) from post where post.submission_id = submission.id and position = 0),
  (select kind from post where post.submission_id = submission.id and position = 0)
from submission join component on component.id = submission.component_id
  left join incident made on made.id = submission.incident_id
  left join incident root on root.id = coalesce(made.merged_into, made.id)
  left join submission earlier on earlier.id = submission.goes_on_from
where submission.status <> 'draft' and (root.id is null or root.status <> 'closed')
order by submission.number;

-- name: steps
-- Steps of the ladder that were taken, or left out by somebody.
select submission.number, cast(post.step as text), sent_at
from post join submission on submission.id = post.submission_id
where step is not null and sent_at is not null
union all
select submission.number, note, at
from submission_change join submission on submission.id = submission_change.submission_id
where note like :left_out;

-- name: hit_sites
-- The sites that an incident hit, or from which somebody called, and when that was first known.
select slug, min(at) from (
  select site_id, min(at) as at from impact
  where state in ('affected', 'mitigated', 'resolved')
    and incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
  group by site_id
  union all
  select site_id, min(at) from client_call
  where site_id is not null
    and incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
  group by site_id
) hits join site on site.id = site_id
group by slug order by slug;

-- name: undelivered
-- Of each client the newest message that was more than a draft: what came after it makes an earlier one of no account.
select root.number, root.assignee, client.slug, client.name, delivery.address, delivery.state, delivery.reply,
  delivery.tried_at, message.claimed_at
from delivery join message on message.id = delivery.message_id join client on client.id = message.client_id
  join incident told on told.id = message.incident_id
  join incident root on root.id = coalesce(told.merged_into, told.id)
where delivery.state in ('waiting', 'handing', 'deferred', 'refused', 'unknown', 'kept')
  and (delivery.state <> 'waiting' or message.state = 'done')
  and not exists (
    select 1 from message later join delivery other on other.message_id = later.id
    join incident about on about.id = later.incident_id
    where later.client_id = message.client_id and later.id > message.id
      and coalesce(about.merged_into, about.id) = root.id)
order by root.number, client.slug, delivery.address;

-- name: bad_feedback
select root.number, root.assignee, client.slug, client.name, words, at
from feedback join client on client.id = feedback.client_id
  left join incident told on told.id = feedback.incident_id
  left join incident root on root.id = coalesce(told.merged_into, told.id)
where rating = 'bad' and feedback.recorded_at >= :since
order by at desc, feedback.id desc;

-- name: claim_reminder
insert into reminder (promise_id, kind, at) values (:promise_id, :kind, :at) on conflict do nothing;

-- name: forget_reminder
delete from reminder where promise_id = :promise_id and kind = :kind;

-- name: about_to_change
-- Sites that an update waits for, on the component of an incident, added up by version; not those that were hit already.
with judged (root_id, site_id) as (
  select distinct root.id, site_id
  from incident root join incident member on member.id = root.id or member.merged_into = root.id
    join impact on impact.incident_id = member.id
  where root.merged_into is null and root.status <> 'closed' and state in ('affected', 'mitigated', 'resolved')
)
select root.number, root.affected, root.version, base_key, auto_update, update_version, count(*)
from incident root join installation on installation.component_id = root.component_id and closed_at is null
  left join judged on judged.root_id = root.id and judged.site_id = installation.site_id
where root.merged_into is null and root.status <> 'closed' and (root.affected is not null or root.version is not null)
  and (auto_update = 1 or update_version is not null) and base_key is not null and installation.status <> 'inactive'
  and last_seen >= :seen_since and judged.site_id is null
group by root.number, root.affected, root.version, base_key, auto_update, update_version;
