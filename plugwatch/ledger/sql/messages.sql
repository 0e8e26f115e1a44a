-- name: insert
insert into message (id, incident_id, client_id, phase, round, state, road, language, subject, body, edited, asks,
  next_due, mail_id, thread_id, created_at, changed_at, actor)
values (:id, :incident_id, :client_id, :phase, :round, 'draft', :road, :language, :subject, :body, :edited, :asks,
  :next_due, :mail_id, :thread_id, :created_at, :changed_at, :actor);

-- name: rewrite
update message set state = 'draft', claim = null, road = :road, language = :language, subject = :subject, body = :body,
  edited = :edited, asks = :asks, next_due = :next_due, thread_id = :thread_id, changed_at = :changed_at, actor = :actor,
  mail_id = case
    when (subject <> :subject or body <> :body)
      and exists (select 1 from delivery where message_id = :id and tries > 0) then :other_mail_id
    else mail_id end
where id = :id
  and (state in ('draft', 'superseded', 'done') or (state = 'claimed' and claimed_at < :dead))
  and not exists (
    select 1 from delivery
    where message_id = :id and delivery.state in ('handing', 'sent', 'unknown', 'kept', 'written'));

-- name: reroute
update message set road = :road where id = :id and state = 'done';

-- name: delete_sites
delete from message_site where message_id = :id;

-- name: insert_site
insert into message_site (message_id, site_id) values (:id, :site_id);

-- name: supersede
update message set state = 'superseded'
where id = :id and state = 'draft' and not exists (select 1 from delivery where message_id = :id and tries > 0);

-- name: of_incident
select message.id, incident.number, client.slug, phase, round, state, road, message.language, subject, body, edited,
  asks, next_due, mail_id, thread_id, message.created_at, changed_at, message.actor, claimed_by, claimed_at
from message join incident on incident.id = message.incident_id join client on client.id = message.client_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by message.id;

-- name: sites_of_incident
select message_id, site.slug from message_site join site on site.id = site_id
where message_id in (
  select id from message
  where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id))
order by site.slug;

-- name: deliveries_of_incident
select message_id, address, name, state, reply, tries, tried_at, sent_at from delivery
where message_id in (
  select id from message
  where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id))
order by address;

-- name: of_client
select message.id, incident.number, client.slug, phase, round, state, road, message.language, subject, body, edited,
  asks, next_due, mail_id, thread_id, message.created_at, changed_at, message.actor, claimed_by, claimed_at
from message join incident on incident.id = message.incident_id join client on client.id = message.client_id
where client_id = :client_id
order by message.id;

-- name: sites_of_client
select message_id, site.slug from message_site join site on site.id = site_id
where message_id in (select id from message where client_id = :client_id)
order by site.slug;

-- name: deliveries_of_client
select message_id, address, name, state, reply, tries, tried_at, sent_at from delivery
where message_id in (select id from message where client_id = :client_id)
order by address;

-- name: by_id
select message.id, incident.number, client.slug, phase, round, state, road, message.language, subject, body, edited,
  asks, next_due, mail_id, thread_id, message.created_at, changed_at, message.actor, claimed_by, claimed_at
from message join incident on incident.id = message.incident_id join client on client.id = message.client_id
where message.id = :id;

-- name: sites_of_message
select message_id, site.slug from message_site join site on site.id = site_id where message_id = :id order by site.slug;

-- name: deliveries_of_message
select message_id, address, name, state, reply, tries, tried_at, sent_at from delivery where message_id = :id
order by address;

-- name: claim
update message set state = 'claimed', claim = :claim, claimed_by = :actor, claimed_at = :now,
  changed_at = case when state = 'draft' then :now else changed_at end
where id = :id and subject = :subject and body = :body and road = :road
  and coalesce(next_due, '') = coalesce(:next_due, '')
  and (state = 'draft' or (state = 'claimed' and claimed_at < :dead) or (state = 'done' and exists (
    select 1 from delivery where message_id = :id and delivery.state in ('waiting', 'deferred', 'refused'))))
  and not exists (
    select 1 from message other join incident about on about.id = other.incident_id
    where other.client_id = message.client_id and other.id <> message.id
      and other.state in ('claimed', 'handing') and other.claimed_at >= :dead
      and coalesce(about.merged_into, about.id) = (
        select coalesce(merged_into, id) from incident where incident.id = message.incident_id));

-- name: renew
update message set claimed_at = :now where id = :id and claim = :claim and state = 'claimed';

-- name: open_addresses
select address from delivery where message_id = :id and state in ('waiting', 'deferred', 'refused') order by address;

-- name: known_addresses
select address from delivery where message_id = :id;

-- name: insert_delivery
insert into delivery (message_id, address, name, state, tries) values (:id, :address, :name, 'waiting', 0);

-- name: delete_delivery
delete from delivery where message_id = :id and address = :address;

-- name: delete_waiting
delete from delivery where message_id = :id and state = 'waiting';

-- name: hand
update message set state = 'handing' where id = :id and claim = :claim and state = 'claimed' and claimed_at >= :dead;

-- name: try
update delivery set state = :state, reply = :reply, tries = tries + 1, tried_at = :now
where message_id = :id and address = :address and state <> 'sent';

-- name: settle
update message set claim = null, state = 'done' where id = :id and claim = :claim;

-- name: answer
update delivery set state = :state, reply = :reply, sent_at = :sent_at
where message_id = :id and address = :address and state <> 'sent';

-- name: late_answer
update delivery set state = 'sent', reply = :reply, sent_at = :sent_at
where message_id = :id and address = :address and state in ('handing', 'unknown');

-- name: release
update message set claim = null, state = 'done' where id = :id and claim = :claim and state = 'claimed';

-- name: back_to_draft
update message set state = 'draft'
where id = :id and state = 'done' and not exists (select 1 from delivery where message_id = :id and state <> 'waiting');

-- name: forget_handing
update delivery set state = 'unknown' where state = 'handing' and message_id in (
  select id from message
  where message.state = 'handing' and claimed_at < :dead
    and incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id));

-- name: give_up
update message set state = 'done'
where state = 'handing' and claimed_at < :dead
  and incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id);

-- name: confirm
update delivery set state = 'sent', sent_at = :at
where message_id = :id and state in ('unknown', 'kept', 'written');

-- name: take_back
update delivery set state = 'deferred' where message_id = :id and state = 'unknown';

-- name: drop_claim
update message set claim = null where id = :id and state = 'done';
