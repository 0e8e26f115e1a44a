-- name: insert
insert into promise (id, incident_id, client_id, due_at, made_at, actor, message_id)
values (:id, :incident_id, :client_id, :due_at, :made_at, :actor, :message_id);

-- name: of_incident
select promise.id, incident.number, client.slug, due_at, made_at, (
  select min(sent_at) from delivery join message on message.id = delivery.message_id
  join incident told on told.id = message.incident_id
  where message.client_id = promise.client_id and coalesce(told.merged_into, told.id) = :incident_id
    and message.id <> coalesce(promise.message_id, '') and sent_at >= promise.made_at)
from promise join client on client.id = promise.client_id join incident on incident.id = promise.incident_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by due_at, promise.id;

-- name: of_client
select promise.id, incident.number, client.slug, due_at, made_at, (
  select min(sent_at) from delivery join message on message.id = delivery.message_id
  join incident told on told.id = message.incident_id
  where message.client_id = promise.client_id
    and coalesce(told.merged_into, told.id) = coalesce(incident.merged_into, incident.id)
    and message.id <> coalesce(promise.message_id, '') and sent_at >= promise.made_at)
from promise join client on client.id = promise.client_id join incident on incident.id = promise.incident_id
where promise.client_id = :client_id
order by due_at, promise.id;

-- name: made_by
select 1 from promise where message_id = :message_id limit 1;
