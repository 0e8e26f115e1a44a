-- name: current
select kind, slug, component.name, version, status, update_version, auto_update, sign, base_version, build,
  first_seen, last_seen, closed_at
from installation join component on component.id = installation.component_id
where site_id = :site_id and closed_at is null;

-- name: history
select kind, slug, component.name, version, status, update_version, auto_update, sign, base_version, build,
  first_seen, last_seen, closed_at
from installation join component on component.id = installation.component_id
where site_id = :site_id and (first_seen >= :since or closed_at >= :since)
order by first_seen, installation.id;

-- name: where_any
select site.slug, client.slug, tier, version, base_version, status, build, last_seen, sign
from installation join site on site.id = installation.site_id join client on client.id = site.client_id
where component_id = :component_id and closed_at is null;

-- name: where_between
select site.slug, client.slug, tier, version, base_version, status, build, last_seen, sign
from installation join site on site.id = installation.site_id join client on client.id = site.client_id
where component_id = :component_id and closed_at is null and base_key >= :low and base_key < :high;

-- name: open_rows
select kind, slug, component_id, installation.id, last_seen
from installation join component on component.id = installation.component_id
where site_id = :site_id and closed_at is null;

-- name: close
update installation set closed_at = :at where id = :id;

-- name: see_again
update installation set last_seen = :at, auto_update = coalesce(:auto_update, auto_update),
  update_version = case when :tells_updates = 1 then :update_version else update_version end,
  sign = coalesce(:sign, case when :tells_updates = 1 then null else sign end)
where id = :id;

-- name: insert
insert into installation (id, site_id, component_id, version, version_key, base_version, base_key, build, status,
  update_version, auto_update, sign, first_seen, last_seen)
values (:id, :site_id, :component_id, :version, :version_key, :base_version, :base_key, :build, :status,
  :update_version, :auto_update, :sign, :since, :at);

-- name: base_of_build
select base_version from build where component_id = :component_id and version = :version;

-- name: versions_seen
select distinct version from installation where component_id = :component_id and version is not null and build is null;

-- name: mark_build
update installation set build = :version, base_version = :base_version, base_key = :base_key
where component_id = :component_id and version = :version;

-- name: closed_before
select distinct kind, slug
from installation join component on component.id = installation.component_id
where site_id = :site_id and closed_at is not null;
