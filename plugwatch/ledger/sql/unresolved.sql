-- name: of_site
select site.slug, kind, name, version, status, first_seen from unresolved join site on site.id = site_id
where site_id = :site_id
order by kind, folded_name;

-- name: all
select site.slug, kind, name, version, status, first_seen from unresolved join site on site.id = site_id
order by site.slug, kind, folded_name;

-- name: forget
delete from unresolved where site_id = :site_id;

-- name: insert
insert into unresolved (site_id, kind, folded_name, name, version, status, first_seen)
values (:site_id, :kind, :folded_name, :name, :version, :status, :first_seen);
