-- name: insert
insert into hold (id, incident_id, component_id, versions, reason, until, at, actor)
values (:id, :incident_id, :component_id, :versions, :reason, :until, :at, :actor);

-- name: lift
update hold set lifted_at = :at, lifted_by = :actor where id = :id and lifted_at is null;

-- name: of_incident
select number, kind, slug, versions, reason, until, at, hold.actor, lifted_at, hold.id
from hold join incident on incident.id = hold.incident_id join component on component.id = hold.component_id
where incident_id = :incident_id
order by hold.id;

-- name: open
select number, kind, slug, versions, reason, until, at, hold.actor, lifted_at, hold.id
from hold join incident on incident.id = hold.incident_id join component on component.id = hold.component_id
where lifted_at is null
order by hold.id;
