-- name: insert
insert into evidence (id, site_id, component_id, at, actor, state, certainty, version, build, release_version, why,
  taken_from, patches, differences, total)
values (:id, :site_id, :component_id, :at, :actor, :state, :certainty, :version, :build, :release_version, :why,
  :taken_from, :patches, :differences, :total);

-- name: newest
select site.slug, kind, component.slug, at, actor, state, certainty, version, build, release_version, why, taken_from,
  patches, differences, total
from evidence join site on site.id = evidence.site_id join component on component.id = evidence.component_id
where not exists (
  select 1 from evidence later
  where later.site_id = evidence.site_id and later.component_id = evidence.component_id and later.id > evidence.id)
order by site.slug, kind, component.slug;

-- name: of_component
select site.slug, kind, component.slug, at, actor, state, certainty, version, build, release_version, why, taken_from,
  patches, differences, total
from evidence join site on site.id = evidence.site_id join component on component.id = evidence.component_id
where evidence.component_id = :component_id and not exists (
  select 1 from evidence later
  where later.site_id = evidence.site_id and later.component_id = evidence.component_id and later.id > evidence.id)
order by site.slug;
