-- name: insert
insert into incident (id, number, title, status, severity, triggered_by, component_id, version, affected, security,
  assignee, steps, expected, actual, opened_at, recorded_at, actor)
values (:id, :number, :title, :status, :severity, :triggered_by, :component_id, :version, :affected, :security,
  :assignee, :steps, :expected, :actual, :opened_at, :recorded_at, :actor);

-- name: update
update incident set title = :title, status = :status, severity = :severity, triggered_by = :triggered_by,
  component_id = :component_id, version = :version, affected = :affected, security = :security, assignee = :assignee,
  steps = :steps, expected = :expected, actual = :actual
where id = :id;

-- name: all
select incident.id, number, title, status, severity, triggered_by, component.kind, component.slug, version, affected,
  security, assignee, steps, expected, actual, opened_at
from incident left join component on component.id = incident.component_id
order by number desc;

-- name: by_number
select incident.id, number, title, status, severity, triggered_by, component.kind, component.slug, version, affected,
  security, assignee, steps, expected, actual, opened_at
from incident left join component on component.id = incident.component_id
where number = :number;

-- name: by_component
select incident.id, number, title, status, severity, triggered_by, component.kind, component.slug, version, affected,
  security, assignee, steps, expected, actual, opened_at
from incident join component on component.id = incident.component_id
where component.kind = :kind and component.slug = :slug
order by number desc;

-- name: concerns
select component.kind, component.slug, number, version, affected, status
from incident join component on component.id = incident.component_id
union all
select component.kind, component.slug, number, null, null, status
from incident join incident_component on incident_id = incident.id
join component on component.id = incident_component.component_id
order by 3 desc;

-- name: triggered_by_platform
select number, triggered_by, status from incident
where substr(triggered_by, 1, 5) = 'core:' or substr(triggered_by, 1, 4) = 'php:'
order by number desc;

-- name: with_components
select kind, slug from incident_component join component on component.id = component_id
where incident_id = :incident_id
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
where incident_id = :incident_id
order by at, client_call.id;

-- name: callers
select distinct caller from client_call where caller is not null;

-- name: insert_impact
insert into impact (id, incident_id, site_id, state, justification, at, actor)
values (:id, :incident_id, :site_id, :state, :justification, :at, :actor);

-- name: impacts
select site.slug, client.slug, state, justification, impact.actor, at
from impact join site on site.id = impact.site_id join client on client.id = site.client_id
where incident_id = :incident_id and not exists (
  select 1 from impact later
  where later.incident_id = impact.incident_id and later.site_id = impact.site_id and later.id > impact.id)
order by site.slug;

-- name: insert_promise
insert into promise (id, incident_id, client_id, due_at, made_at, kept_at, actor)
values (:id, :incident_id, :client_id, :due_at, :made_at, null, :actor);

-- name: promises
select client.slug, due_at, made_at, kept_at
from promise join client on client.id = promise.client_id
where incident_id = :incident_id
order by due_at, promise.id;

-- name: insert_event
insert into event (id, incident_id, at, recorded_at, actor, kind, visibility, body)
values (:id, :incident_id, :at, :recorded_at, :actor, :kind, :visibility, :body);

-- name: events
select at, recorded_at, actor, kind, visibility, body from event
where incident_id = :incident_id
order by at, recorded_at, id;
