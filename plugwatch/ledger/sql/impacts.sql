-- name: insert
insert into impact (id, incident_id, site_id, state, justification, at, actor, detail, valid_until)
values (:id, :incident_id, :site_id, :state, :justification, :at, :actor, :detail, :valid_until);

-- name: of_incident
select site.slug, client.slug, state, justification, impact.actor, at, detail, valid_until
from impact join site on site.id = impact.site_id join client on client.id = site.client_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
  and not exists (
    select 1 from impact later
    where later.site_id = impact.site_id and later.id > impact.id
      and later.incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id))
order by site.slug;

-- name: exposure
select site.slug, client.slug, tier, version, base_version, build, status, auto_update, update_version, first_seen,
  last_seen
from installation join component on component.id = installation.component_id
join site on site.id = installation.site_id join client on client.id = site.client_id
where component.kind = :kind and component.slug = :slug and closed_at is null
order by site.slug;

-- name: judged_versions
select site.slug, state, justification, base_version
from impact join site on site.id = impact.site_id
join installation on installation.site_id = impact.site_id
join component on component.id = installation.component_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
  and component.kind = :kind and component.slug = :slug and base_version is not null and build is null
  and first_seen <= at and (closed_at is null or closed_at > at)
order by impact.id;

-- name: versions_before
select distinct base_version
from impact join installation on installation.site_id = impact.site_id
join component on component.id = installation.component_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
  and component.kind = :kind and component.slug = :slug and base_version is not null and build is null
  and state = 'affected' and closed_at <= at
order by base_version;

-- name: fates
select root.number, patch.id, patch_drop.version, verdict
from patch join component on component.id = patch.component_id
join incident on incident.id = patch.incident_id join incident root on root.id = coalesce(incident.merged_into, incident.id)
join patch_drop on patch_drop.patch_id = patch.id
where component.kind = :kind and component.slug = :slug
union all
select root.number, patch.id, stack_entry.version, 'carried'
from patch join component on component.id = patch.component_id
join incident on incident.id = patch.incident_id join incident root on root.id = coalesce(incident.merged_into, incident.id)
join stack_entry on stack_entry.patch_id = patch.id
where component.kind = :kind and component.slug = :slug
order by 1, 2, 3, 4;
