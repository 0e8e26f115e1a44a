-- name: set
insert into vendor (component_id, name, words)
values (:component_id, :name, :words)
on conflict (component_id) do update set name = excluded.name, words = excluded.words;

-- name: by_component
select name, words from vendor where component_id = :component_id;

-- name: all
select kind, slug, vendor.name, words
from vendor join component on component.id = vendor.component_id;
