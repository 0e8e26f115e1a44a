-- name: dropped
select kind, slug, patch.id, patch.title, patch_drop.version, verdict, number, operation.at
from patch_drop join patch on patch.id = patch_drop.patch_id
join component on component.id = patch.component_id
join fork_operation operation on operation.id = patch_drop.operation_id
left join incident on incident.id = patch.incident_id
where verdict <> 'dropped'
order by kind, slug, patch.id, patch_drop.version;

-- name: insert
insert into retirement (patch_id, version, at, actor) values (:patch_id, :version, :at, :actor)
on conflict (patch_id, version) do update set at = excluded.at, actor = excluded.actor;

-- name: all
select patch_id, version, at from retirement;
