-- name: clear
delete from check_finding;

-- name: insert
insert into check_finding (kind, place, summary, seen_at) values (:kind, :place, :summary, :seen_at);

-- name: all
select kind, place, summary, seen_at from check_finding order by kind, place;

-- name: lost_builds
select site.slug, kind, component.slug, ours.version, now.version
from installation now
  join installation ours on ours.site_id = now.site_id and ours.component_id = now.component_id
  join site on site.id = now.site_id join component on component.id = now.component_id
where now.closed_at is null and now.build is null and now.version is not null
  and ours.build is not null and ours.closed_at is not null
  and not exists (
    select 1 from installation later
    where later.site_id = ours.site_id and later.component_id = ours.component_id and later.build is not null
      and (later.first_seen > ours.first_seen or (later.first_seen = ours.first_seen and later.id > ours.id)))
order by site.slug, kind, component.slug;
