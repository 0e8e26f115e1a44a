-- name: choice
select slug from name_choice where kind = :kind and folded_name = :folded_name;

-- name: forget_choice
delete from name_choice where kind = :kind and folded_name = :folded_name;

-- name: insert_choice
insert into name_choice (kind, folded_name, name, slug, at, actor)
values (:kind, :folded_name, :name, :slug, :at, :actor);

-- name: entry
select document, asked_at from directory_entry where kind = :kind and slug = :slug;

-- name: forget_entry
delete from directory_entry where kind = :kind and slug = :slug;

-- name: insert_entry
insert into directory_entry (kind, slug, document, asked_at) values (:kind, :slug, :document, :asked_at);
