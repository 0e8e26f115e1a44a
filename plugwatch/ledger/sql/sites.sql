-- name: all
select site.id, site.slug, client.slug, site.url, site.tier, site.source, main.slug, site.created_at
from site join client on client.id = site.client_id left join site main on main.id = site.network_site_id;

-- name: by_id
select site.id, site.slug, client.slug, site.url, site.tier, site.source, main.slug, site.created_at
from site join client on client.id = site.client_id left join site main on main.id = site.network_site_id
where site.id = :id;

-- name: of_network
select site.id, site.slug, client.slug, site.url, site.tier, site.source, main.slug, site.created_at
from site join client on client.id = site.client_id left join site main on main.id = site.network_site_id
where site.id = :main_id or site.network_site_id = :main_id
order by site.slug;

-- name: id_of
select id from site where lower(slug) = :slug;

-- name: slugs_containing
select slug, id from site where lower(slug) like :part escape '!';

-- name: urls_containing
select slug, id from site where lower(url) like :part escape '!';

-- name: insert
insert into site (id, client_id, slug, url, tier, source, network_site_id, created_at)
values (:id, :client_id, :slug, :url, :tier, :source, :network_site_id, :created_at);

-- name: update
update site set client_id = :client_id, slug = :slug, url = :url, tier = :tier, source = :source,
  network_site_id = :network_site_id
where id = :id;
