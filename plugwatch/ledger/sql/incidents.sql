-- name: insert
insert into incident (id, number, title, status, severity, triggered_by, component_id, version, affected, security,
  assignee, steps, expected, actual, workaround, workaround_checked_at, opened_at, recorded_at, actor)
values (:id, :number, :title, :status, :severity, :triggered_by, :component_id, :version, :affected, :security,
  :assignee, :steps, :expected, :actual, :workaround, :workaround_checked_at, :opened_at, :recorded_at, :actor);

-- name: update
update incident set title = :title, status = :status, severity = :severity, triggered_by = :triggered_by,
  component_id = :component_id, version = :version, affected = :affected, security = :security, assignee = :assignee,
  steps = :steps, expected = :expected, actual = :actual, workaround = :workaround,
  workaround_checked_at = :workaround_checked_at
where id = :id;

-- name: all
select incident.id, incident.number, incident.title, incident.status, incident.severity, incident.triggered_by,
  component.kind, component.slug, incident.version, incident.affected, incident.security, incident.assignee,
  incident.steps, incident.expected, incident.actual, incident.opened_at, incident.workaround,
  incident.workaround_checked_at, root.number
from incident left join incident root on root.id = incident.merged_into
left join component on component.id = incident.component_id
order by incident.number desc;

-- name: by_number
select incident.id, incident.number, incident.title, incident.status, incident.severity, incident.triggered_by,
  component.kind, component.slug, incident.version, incident.affected, incident.security, incident.assignee,
  incident.steps, incident.expected, incident.actual, incident.opened_at, incident.workaround,
  incident.workaround_checked_at, root.number
from incident left join incident root on root.id = incident.merged_into
left join component on component.id = incident.component_id
where incident.number = :number;

-- name: by_component
select incident.id, incident.number, incident.title, incident.status, incident.severity, incident.triggered_by,
  component.kind, component.slug, incident.version, incident.affected, incident.security, incident.assignee,
  incident.steps, incident.expected, incident.actual, incident.opened_at, incident.workaround,
  incident.workaround_checked_at, root.number
from incident left join incident root on root.id = incident.merged_into
join component on component.id = incident.component_id
where component.kind = :kind and component.slug = :slug
order by incident.number desc;

-- name: concerns
select component.kind, component.slug, coalesce(root.number, incident.number), incident.version, incident.affected,
  coalesce(root.status, incident.status)
from incident left join incident root on root.id = incident.merged_into
join component on component.id = incident.component_id
union all
select component.kind, component.slug, coalesce(root.number, incident.number), null, null,
  coalesce(root.status, incident.status)
from incident left join incident root on root.id = incident.merged_into
join incident_component on incident_id = incident.id
join component on component.id = incident_component.component_id
order by 3 desc;

-- name: triggered_by_platform
select coalesce(root.number, incident.number), incident.triggered_by, coalesce(root.status, incident.status)
from incident left join incident root on root.id = incident.merged_into
where substr(incident.triggered_by, 1, 5) = 'core:' or substr(incident.triggered_by, 1, 4) = 'php:'
order by 1 desc;

-- name: by_trigger
select incident.id, incident.number, incident.title, incident.status, incident.severity, incident.triggered_by,
  null, null, incident.version, incident.affected, incident.security, incident.assignee,
  incident.steps, incident.expected, incident.actual, incident.opened_at, incident.workaround,
  incident.workaround_checked_at, root.number
from incident left join incident root on root.id = incident.merged_into
where incident.triggered_by = :triggered_by and incident.component_id is null
order by incident.number desc;

-- name: with_components
select kind, slug from incident_component join component on component.id = component_id
where incident_id = :incident_id
order by kind, slug;

-- name: all_with_components
select incident_id, kind, slug from incident_component join component on component.id = component_id
order by kind, slug;

-- name: delete_with_components
delete from incident_component where incident_id = :incident_id;

-- name: insert_with_component
insert into incident_component (incident_id, component_id) values (:incident_id, :component_id);

-- name: insert_call
insert into client_call (id, incident_id, client_id, site_id, caller, heard, words, ticket, at, recorded_at, actor)
values (:id, :incident_id, :client_id, :site_id, :caller, :heard, :words, :ticket, :at, :recorded_at, :actor);

-- name: calls
select site.slug, client.slug, caller, heard, words, ticket, at, recorded_at, actor
from client_call left join site on site.id = client_call.site_id left join client on client.id = client_call.client_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by at, client_call.id;

-- name: callers
select distinct caller from client_call where caller is not null;

-- name: insert_event
insert into event (id, incident_id, at, recorded_at, actor, kind, visibility, body, minutes, client_id)
values (:id, :incident_id, :at, :recorded_at, :actor, :kind, :visibility, :body, :minutes, :client_id);

-- name: events
select at, recorded_at, event.actor, kind, visibility, body, minutes, client.slug
from event left join client on client.id = event.client_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by at, recorded_at, event.id;

-- name: merged
select number from incident where merged_into = :incident_id order by number;

-- name: merge
update incident set merged_into = :root_id where id = :incident_id or merged_into = :incident_id;

-- name: part
update incident set merged_into = null where id = :incident_id;

-- name: insert_link
insert into incident_link (incident_id, other_id, note, at, actor) values (:incident_id, :other_id, :note, :at, :actor);

-- name: links
select number, note from incident_link join incident on incident.id = other_id where incident_id = :incident_id
union all
select number, note from incident_link join incident on incident.id = incident_id where other_id = :incident_id
order by 1;

-- name: delete_words
delete from incident_words where incident_id = :incident_id and language = :language and field = :field;

-- name: insert_words
insert into incident_words (incident_id, language, field, body, at, actor)
values (:incident_id, :language, :field, :body, :at, :actor);

-- name: words
-- What is said of the incident itself comes last, so that it wins over what was said of one merged into it.
select language, field, body, incident_words.at from incident_words join incident on incident.id = incident_id
where incident.id = :incident_id or merged_into = :incident_id
order by merged_into is null, number;
