-- What display names stand for, what WordPress.org says of components, and PHP as a part of a site's history.

-- What a list said of a version beside it, such as "higher than expected" (plugwatch.model.signs); null: nothing.
alter table installation add column sign text;

-- The kinds of which a list named all, with commas between them: only after such a list is a new component news.
alter table import add column complete_kinds text not null default '';

-- Every name that a site has shown for a component; translated sites show other ones.
create table component_name (
  component_id text not null references component (id),
  folded_name text not null,
  primary key (component_id, folded_name)
);
create index component_by_name on component_name (folded_name);
insert into component_name (component_id, folded_name) select id, folded_name from component where folded_name <> '';

-- Which slug a display name stands for, as a person has said.
create table name_choice (
  kind text not null,
  folded_name text not null,
  name text not null,
  slug text not null,
  at text not null,
  actor text not null,
  primary key (kind, folded_name)
);

-- What the newest list of a site shows by display name only, until somebody says what it is.
create table unresolved (
  site_id text not null references site (id),
  kind text not null,
  folded_name text not null,
  name text not null,
  version text,
  status text not null,
  first_seen text not null,
  primary key (site_id, kind, folded_name)
);

-- What WordPress.org said of a plugin or theme (JSON of plugwatch.model.directory), and when it was asked.
create table directory_entry (
  kind text not null,
  slug text not null,
  document text not null,
  asked_at text not null,
  primary key (kind, slug)
);

-- A list of one site of a network is one of all of them.
create index site_network on site (network_site_id);

-- A site's PHP becomes the component "php", with a history like any other. The keys are filled in by the program.
insert into component (id, kind, slug, name, folded_name)
select 'php', 'core', 'php', 'PHP', 'php' where exists (select 1 from site where php_version is not null);
insert into installation (id, site_id, component_id, version, base_version, status, first_seen, last_seen)
select 'php-' || id, id, 'php', php_version, php_version, 'active', created_at, created_at
from site where php_version is not null;
alter table site drop column php_version;
