-- name: sites
select id, slug, url, source from site where client_id = :client_id order by slug, id;

-- name: other_names
select slug, null from client where id <> :client_id
union all select name, null from client where id <> :client_id
union all select slug, url from site where client_id <> :client_id;

-- name: calls
select caller, words, ticket from client_call
where client_id = :client_id or site_id in (select id from site where client_id = :client_id);

-- name: addresses
select distinct delivery.name, delivery.address from delivery join message on message.id = delivery.message_id
where message.client_id = :client_id;

-- name: answers
select words from feedback where client_id = :client_id and words is not null;

-- name: public_names
-- What sites of others show is no secret of this client; nor is what somebody has written to a vendor about, or forked.
select slug, name from component where not exists (
    select 1 from installation join site on site.id = installation.site_id
    where installation.component_id = component.id and site.client_id = :client_id)
  or exists (
    select 1 from installation join site on site.id = installation.site_id
    where installation.component_id = component.id and site.client_id <> :client_id)
union all select name, words from vendor;

-- name: own_components
select id, kind, slug, name from component
where kind <> 'core'
  and exists (
    select 1 from installation join site on site.id = installation.site_id
    where installation.component_id = component.id and site.client_id = :client_id)
  and not exists (
    select 1 from installation join site on site.id = installation.site_id
    where installation.component_id = component.id and site.client_id <> :client_id)
order by kind, slug;

-- name: is_worked_on
select 1 from fork_operation where component_id = :id union all select 1 from submission where component_id = :id limit 1;

-- name: about
-- Incidents that the client has a part in, and those that were merged into them or into which they were.
with mine (id) as (
  select incident_id from client_call where client_id = :client_id
    or site_id in (select id from site where client_id = :client_id)
  union select incident_id from message where client_id = :client_id
  union select incident_id from promise where client_id = :client_id
  union select incident_id from feedback where client_id = :client_id
  union select incident_id from event where client_id = :client_id
  union select incident_id from impact where state <> 'in_triage'
    and site_id in (select id from site where client_id = :client_id)
)
select incident.id, incident.number, incident.status, incident.merged_into from incident
where id in (select id from mine)
  or merged_into in (select id from mine)
  or id in (select merged_into from incident part where part.id in (select id from mine))
order by number;

-- name: in_triage
select distinct incident_id from impact where site_id in (select id from site where client_id = :client_id);

-- name: being_sent
select number from message join incident on incident.id = message.incident_id
where client_id = :client_id and state in ('claimed', 'handing') and claimed_at > :since
order by number;

-- name: was_sent
-- Also what lies in a mailbox or in a file, and what may have arrived.
select number, phase, road, address, delivery.state, coalesce(sent_at, tried_at, changed_at)
from message join incident on incident.id = message.incident_id join delivery on delivery.message_id = message.id
where client_id = :client_id and delivery.state in ('sent', 'unknown', 'handing', 'kept', 'written')
order by 6, address;

-- name: submissions
select number, incident_id, status, title, body, coalesce(post.remote_url, submission.remote_url, post.url)
from submission join post on post.submission_id = submission.id
where post.state <> 'superseded'
order by number, position;

-- name: other_sites
select slug, url, source from site where client_id <> :client_id order by slug;

-- name: erase_client
update client set slug = :slug, name = :name, folded_name = :name, language = null, timezone = null, hours = null,
  names_vendor = null, first_response = null, update_every = null, tone = null
where id = :client_id;

-- name: erase_contacts
delete from contact where client_id = :client_id;

-- name: erase_site
update site set slug = :slug, url = null, source = null where id = :id;

-- name: erase_calls
update client_call set caller = null, words = :erased, ticket = null
where client_id = :client_id or site_id in (select id from site where client_id = :client_id);

-- name: erase_answers
update feedback set words = null where client_id = :client_id;

-- name: erase_reminders
delete from reminder where promise_id in (select id from promise where client_id = :client_id);

-- name: erase_open_promises
-- Nobody is left to be told, so what is still owed would be owed for ever; the rule is that of promises.sql.
delete from promise where client_id = :client_id and not exists (
  select 1 from message join delivery on delivery.message_id = message.id
  join incident told on told.id = message.incident_id
  join incident made on made.id = promise.incident_id
  where message.client_id = promise.client_id
    and coalesce(told.merged_into, told.id) = coalesce(made.merged_into, made.id)
    and message.id <> coalesce(promise.message_id, '') and delivery.sent_at >= promise.made_at);

-- name: erase_unsent_deliveries
delete from delivery where sent_at is null
  and message_id in (select id from message where client_id = :client_id);

-- name: erase_unsent_sites
delete from message_site where message_id in (
  select id from message where client_id = :client_id and not exists (
    select 1 from delivery where delivery.message_id = message.id));

-- name: erase_unsent_messages
delete from message where client_id = :client_id and not exists (
  select 1 from delivery where delivery.message_id = message.id);

-- name: erase_messages
update message set subject = :erased, body = :erased, state = 'done', claim = null where client_id = :client_id;

-- name: deliveries
select message_id, address from delivery where message_id in (select id from message where client_id = :client_id)
order by message_id, address;

-- name: erase_delivery
update delivery set address = :kept, name = '', reply = null where message_id = :message_id and address = :address;

-- name: erase_imports
update import set source_name = :erased where site_id in (select id from site where client_id = :client_id);

-- name: erase_unresolved
delete from unresolved where site_id in (select id from site where client_id = :client_id);

-- name: close_installations
update installation set closed_at = :now
where closed_at is null and site_id in (select id from site where client_id = :client_id);

-- name: findings
select kind, place, summary from check_finding;

-- name: erase_finding
delete from check_finding where kind = :kind and place = :place;

-- name: erase_component
update component set slug = :slug, name = null, folded_name = '' where id = :id;

-- name: erase_component_names
delete from component_name where component_id = :id;

-- name: erase_name_choices
delete from name_choice where kind = :kind and slug = :slug;

-- name: erase_directory_entry
delete from directory_entry where kind = :kind and slug = :slug;

-- name: verdicts
-- The newest verdict on each site of the client in each incident that is not over.
select impact.incident_id, impact.site_id, impact.state
from impact join incident on incident.id = impact.incident_id
where incident.status <> 'closed' and impact.site_id in (select id from site where client_id = :client_id)
  and impact.id = (select max(id) from impact newer
    where newer.incident_id = impact.incident_id and newer.site_id = impact.site_id)
order by impact.incident_id, impact.site_id;

-- name: set_aside
insert into impact (id, incident_id, site_id, state, justification, at, actor, detail, valid_until)
values (:id, :incident_id, :site_id, 'not_affected', 'code_not_present', :at, :actor, 'no longer looked after', null);

-- name: note_event
insert into event (id, incident_id, at, recorded_at, actor, kind, visibility, body, minutes, client_id)
values (:id, :incident_id, :at, :at, :actor, 'forget', 'internal', :body, null, :client_id);

-- name: taken_slug
select 1 from client where lower(slug) = :slug union all select 1 from site where lower(slug) = :slug;

-- name: forgotten
select slug from client where name = :name order by slug;

-- name: held_calls
select number, site.slug, caller, heard, words, ticket, at, client_call.recorded_at
from client_call join incident on incident.id = client_call.incident_id left join site on site.id = client_call.site_id
where client_call.client_id = :client_id or site.client_id = :client_id
order by at, client_call.id;

-- name: held_impacts
select number, site.slug, state, justification, detail, at, valid_until
from impact join incident on incident.id = impact.incident_id join site on site.id = impact.site_id
where site.client_id = :client_id order by at, impact.id;

-- name: held_promises
select number, due_at, made_at, (
  select min(sent_at) from delivery join message on message.id = delivery.message_id
  join incident told on told.id = message.incident_id
  where message.client_id = promise.client_id
    and coalesce(told.merged_into, told.id) = coalesce(incident.merged_into, incident.id)
    and message.id <> coalesce(promise.message_id, '') and sent_at >= promise.made_at)
from promise join incident on incident.id = promise.incident_id
where promise.client_id = :client_id order by due_at, promise.id;

-- name: held_events
select incident_id, at, kind, visibility, body, client_id from event order by at, id;

-- name: held_messages
select message.id, number, phase, round, road, language, subject, body, mail_id, thread_id, created_at
from message join incident on incident.id = message.incident_id
where client_id = :client_id order by number, created_at, message.id;

-- name: held_deliveries
select message_id, address, delivery.name, delivery.state, sent_at
from delivery join message on message.id = delivery.message_id
where client_id = :client_id order by message_id, address;

-- name: held_answers
select number, rating, words, at from feedback left join incident on incident.id = feedback.incident_id
where client_id = :client_id order by at, feedback.id;

-- name: held_installations
select site.slug, component.kind, component.slug, version, status, first_seen, last_seen, closed_at
from installation join site on site.id = installation.site_id join component on component.id = installation.component_id
where site.client_id = :client_id order by site.slug, kind, component.slug, first_seen, installation.id;

-- name: held_imports
select site.slug, at, format, source_name from import join site on site.id = import.site_id
where site.client_id = :client_id order by at, import.id;
