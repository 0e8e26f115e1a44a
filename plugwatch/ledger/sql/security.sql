-- name: insert
insert into security_mark (component_id, sign, key, title, affected, fixed_in, url, attribution, seen_at)
values (:component_id, :sign, :key, :title, :affected, :fixed_in, :url, :attribution, :seen_at)
on conflict (component_id, sign, key) do update set title = excluded.title, affected = excluded.affected,
  fixed_in = excluded.fixed_in, url = excluded.url, attribution = excluded.attribution;

-- name: remove
delete from security_mark where component_id = :component_id and sign = :sign and key = :key;

-- name: all
select kind, slug, sign, key, title, affected, fixed_in, url, attribution, seen_at
from security_mark join component on component.id = security_mark.component_id
order by kind, slug, sign, key;
