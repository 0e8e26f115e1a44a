-- name: insert
insert into deployment (id, run_id, component_id, site_id, incident_id, kind, version, actor, started_at, finished_at,
  state, version_before, state_before, snapshot, kept_at, note)
values (:id, :run_id, :component_id, :site_id, :incident_id, :kind, :version, :actor, :started_at, :finished_at,
  :state, :version_before, :state_before, :snapshot, :kept_at, :note);

-- name: change
update deployment set state = :state, version_before = :version_before, state_before = :state_before,
  snapshot = :snapshot, kept_at = :kept_at, finished_at = :finished_at, note = :note
where id = :id;

-- name: all
select deployment.id, run_id, kind.kind, kind.slug, site.slug, deployment.kind, deployment.version, deployment.actor,
  started_at, state, number, version_before, state_before, snapshot, kept_at, finished_at, note
from deployment join component kind on kind.id = deployment.component_id join site on site.id = deployment.site_id
left join incident on incident.id = deployment.incident_id
order by deployment.id;

-- name: of_component
select deployment.id, run_id, kind.kind, kind.slug, site.slug, deployment.kind, deployment.version, deployment.actor,
  started_at, state, number, version_before, state_before, snapshot, kept_at, finished_at, note
from deployment join component kind on kind.id = deployment.component_id join site on site.id = deployment.site_id
left join incident on incident.id = deployment.incident_id
where deployment.component_id = :component_id
order by deployment.id;

-- name: open
select deployment.id, run_id, kind.kind, kind.slug, site.slug, deployment.kind, deployment.version, deployment.actor,
  started_at, state, number, version_before, state_before, snapshot, kept_at, finished_at, note
from deployment join component kind on kind.id = deployment.component_id join site on site.id = deployment.site_id
left join incident on incident.id = deployment.incident_id
where state in ('running', 'unknown') and not exists (
  select 1 from deployment later
  where later.site_id = deployment.site_id and later.component_id = deployment.component_id
    and later.id > deployment.id and later.state in ('done', 'put-back'))
order by deployment.id;
