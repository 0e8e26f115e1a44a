-- name: set
insert into vendor (component_id, name, words)
values (:component_id, :name, :words)
on conflict (component_id) do update set name = excluded.name, words = excluded.words;

-- name: by_component
select name, words from vendor where component_id = :component_id;

-- name: all
select kind, slug, vendor.name, words
from vendor join component on component.id = vendor.component_id;

-- name: set_way
insert into vendor_road (component_id, road, address, prefer, note, at, actor)
values (:component_id, :road, :address, :prefer, :note, :at, :actor)
on conflict (component_id, road) do update set address = excluded.address, prefer = excluded.prefer,
  note = excluded.note, at = excluded.at, actor = excluded.actor;

-- name: drop_way
delete from vendor_road where component_id = :component_id and road = :road;

-- name: ways
select road, address, prefer, note, at, actor from vendor_road where component_id = :component_id order by road;

-- name: all_ways
select kind, slug, road, address, prefer, note, at, actor
from vendor_road join component on component.id = vendor_road.component_id
order by kind, slug, road;

-- name: set_choice
insert into vendor_choice (component_id, name, value, at, actor)
values (:component_id, :name, :value, :at, :actor)
on conflict (component_id, name) do update set value = excluded.value, at = excluded.at, actor = excluded.actor;

-- name: drop_choice
delete from vendor_choice where component_id = :component_id and name = :name;

-- name: choices
select name, value, at, actor from vendor_choice where component_id = :component_id order by name;

-- name: all_choices
select kind, slug, vendor_choice.name, value, at, actor
from vendor_choice join component on component.id = vendor_choice.component_id
order by kind, slug, vendor_choice.name;

-- name: keep_facts
insert into vendor_fact (component_id, facts, fetched_at)
values (:component_id, :facts, :fetched_at)
on conflict (component_id) do update set facts = excluded.facts, fetched_at = excluded.fetched_at;

-- name: facts
select facts, fetched_at from vendor_fact where component_id = :component_id;
