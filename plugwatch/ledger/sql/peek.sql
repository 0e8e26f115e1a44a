-- name: sites
select site.slug, client.name from site join client on client.id = site.client_id
where lower(site.slug) like :part escape '!' order by lower(site.slug) limit 50;

-- name: clients
select slug, name from client where lower(slug) like :part escape '!' order by lower(slug) limit 50;

-- name: components
select kind, slug, name, (select count(*) from component twin where twin.slug = component.slug) from component
where lower(slug) like :part escape '!' order by lower(slug), kind limit 50;

-- name: components_of_kind
select kind, slug, name, 2 from component
where kind = :kind and lower(slug) like :part escape '!' order by lower(slug) limit 50;

-- name: components_on
select kind, component.slug, component.name, (
  select count(*) from installation twin join component other on other.id = twin.component_id
  where twin.site_id = site.id and twin.closed_at is null and other.slug = component.slug)
from site join installation on installation.site_id = site.id join component on component.id = installation.component_id
where lower(site.slug) = :site and closed_at is null and lower(component.slug) like :part escape '!'
order by lower(component.slug), kind limit 50;

-- name: incidents
select number, title from incident where cast(number as text) like :part escape '!'
order by case when status in ('resolved', 'closed') then 1 else 0 end, number desc limit 50;
