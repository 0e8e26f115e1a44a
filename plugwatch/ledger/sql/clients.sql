-- name: all
select id, slug, name, language, timezone, hours, names_vendor, first_response, update_every, tone, created_at
from client;

-- name: by_id
select id, slug, name, language, timezone, hours, names_vendor, first_response, update_every, tone, created_at
from client where id = :id;

-- name: id_of
select id from client where lower(slug) = :slug;

-- name: containing
select slug, id from client where lower(slug) like :part escape '!' or folded_name like :part escape '!';

-- name: insert
insert into client (id, slug, name, folded_name, language, timezone, hours, names_vendor, first_response, update_every,
  tone, created_at)
values (:id, :slug, :name, :folded_name, :language, :timezone, :hours, :names_vendor, :first_response, :update_every,
  :tone, :created_at);

-- name: update
update client set slug = :slug, name = :name, folded_name = :folded_name, language = :language, timezone = :timezone,
  hours = :hours, names_vendor = :names_vendor, first_response = :first_response, update_every = :update_every,
  tone = :tone
where id = :id;

-- name: all_contacts
select client_id, email, name from contact order by client_id, position;

-- name: contacts_of
select email, name from contact where client_id = :id order by position;

-- name: delete_contacts
delete from contact where client_id = :id;

-- name: insert_contact
insert into contact (client_id, position, email, name) values (:id, :position, :email, :name);
