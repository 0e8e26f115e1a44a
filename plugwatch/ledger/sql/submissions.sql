-- name: insert
insert into submission (id, number, incident_id, patch_id, component_id, channel, status, title, body, url,
  created_at, actor)
values (:id, :number, :incident_id, :patch_id, :component_id, :channel, :status, :title, :body, :url,
  :created_at, :actor);

-- name: insert_file
insert into submission_file (submission_id, position, name, path) values (:submission_id, :position, :name, :path);

-- name: insert_check
insert into submission_check (submission_id, position, name, ok, detail)
values (:submission_id, :position, :name, :ok, :detail);

-- name: all
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status,
  submission.title, body, url, created_at, submission.actor
from submission join component on component.id = submission.component_id
  left join incident on incident.id = submission.incident_id
order by submission.number desc;

-- name: by_number
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status,
  submission.title, body, url, created_at, submission.actor
from submission join component on component.id = submission.component_id
  left join incident on incident.id = submission.incident_id
where submission.number = :number;

-- name: of_incident
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status,
  submission.title, body, url, created_at, submission.actor
from submission join component on component.id = submission.component_id
  join incident on incident.id = submission.incident_id
where incident.id = :incident_id or incident.merged_into = :incident_id
order by submission.number;

-- name: files
select name, path from submission_file where submission_id = :submission_id order by position;

-- name: checks
select name, ok, detail from submission_check where submission_id = :submission_id order by position;
