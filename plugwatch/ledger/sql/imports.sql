-- name: insert
insert into import (id, site_id, at, recorded_at, format, source_name, partial, added, changed, removed, unchanged,
  unparsed, actor, complete_kinds)
values (:id, :site_id, :at, :recorded_at, :format, :source_name, :partial, :added, :changed, :removed, :unchanged,
  :unparsed, :actor, :complete_kinds);

-- name: of_site
select at, recorded_at, format, source_name, partial, added, changed, removed, unchanged, unparsed, actor, id
from import where site_id = :site_id order by at desc, id desc;

-- name: newest_times
select site_id, max(at) from import group by site_id;

-- name: complete_lists
select complete_kinds, min(at) from import where site_id = :site_id and complete_kinds <> '' group by complete_kinds;
