-- name: insert
insert into feedback (id, incident_id, client_id, rating, words, at, recorded_at, actor)
values (:id, :incident_id, :client_id, :rating, :words, :at, :recorded_at, :actor);

-- name: of_client
select client.slug, rating, words, incident.number, at, feedback.recorded_at, feedback.actor
from feedback join client on client.id = feedback.client_id left join incident on incident.id = feedback.incident_id
where feedback.client_id = :client_id
order by at, feedback.id;

-- name: of_incident
select client.slug, rating, words, incident.number, at, feedback.recorded_at, feedback.actor
from feedback join client on client.id = feedback.client_id join incident on incident.id = feedback.incident_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by at, feedback.id;
