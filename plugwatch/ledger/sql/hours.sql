-- name: worked
select root.number, component.kind, component.slug, vendor.name, client.slug, sum(event.minutes)
from event join incident noted on noted.id = event.incident_id
  join incident root on root.id = coalesce(noted.merged_into, noted.id)
  left join component on component.id = root.component_id
  left join vendor on vendor.component_id = root.component_id
  left join client on client.id = event.client_id
where event.minutes is not null and event.at >= :since
group by root.number, component.kind, component.slug, vendor.name, client.slug
order by root.number, client.slug;

-- name: clients
-- Whose sites were hit, and who told us of it.
select root.number, client.slug
from (
  select incident_id, client_id from client_call where client_id is not null
  union
  select incident_id, client_id from impact join site on site.id = impact.site_id
  where state in ('affected', 'mitigated', 'resolved')
) concerned
  join incident noted on noted.id = concerned.incident_id
  join incident root on root.id = coalesce(noted.merged_into, noted.id)
  join client on client.id = concerned.client_id
group by root.number, client.slug
order by root.number, client.slug;

-- name: of_incident
select coalesce(sum(minutes), 0) from event
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id);
