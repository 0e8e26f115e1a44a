-- name: all
select kind, slug, name from component;

-- name: by_identity
select id, name from component where kind = :kind and slug = :slug;

-- name: by_slug
select kind, slug from component where lower(slug) = :slug;

-- name: containing
select kind, slug from component where lower(slug) like :part escape '!' or folded_name like :part escape '!';

-- name: insert
insert into component (id, kind, slug, name, folded_name) values (:id, :kind, :slug, :name, :folded_name);

-- name: rename
update component set name = :name, folded_name = :folded_name where id = :id;

-- name: keep_name
insert into component_name (component_id, folded_name) values (:component_id, :folded_name) on conflict do nothing;

-- name: called
select kind, slug from component join component_name on component_name.component_id = component.id
where component.kind = :kind and component_name.folded_name = :folded_name
order by slug;
