-- name: insert
insert into hold (id, incident_id, component_id, versions, reason, until, at, actor)
values (:id, :incident_id, :component_id, :versions, :reason, :until, :at, :actor);

-- name: lift
update hold set lifted_at = :at, lifted_by = :actor, lifted_why = :why where id = :id and lifted_at is null;

-- name: of_incident
select number, kind, slug, versions, reason, until, at, hold.actor, lifted_at, hold.id, lifted_why
from hold join incident on incident.id = hold.incident_id join component on component.id = hold.component_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by hold.id;

-- name: open
select number, kind, slug, versions, reason, until, at, hold.actor, lifted_at, hold.id, lifted_why
from hold join incident on incident.id = hold.incident_id join component on component.id = hold.component_id
where lifted_at is null
order by hold.id;

-- name: installed
select site.slug, site.source, main.slug, kind, component.slug, base_version, build, update_version
from installation join component on component.id = installation.component_id
join site on site.id = installation.site_id left join site main on main.id = site.network_site_id
where closed_at is null and component_id in (select component_id from hold where lifted_at is null)
order by site.slug, kind, component.slug;

-- name: builds
select kind, slug, version from build join component on component.id = build.component_id
where component_id in (select component_id from hold where lifted_at is null)
order by kind, slug, version;
