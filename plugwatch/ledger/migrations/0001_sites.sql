-- Clients, their sites, and what is installed on them over time.
-- Times: ISO 8601 in UTC at a fixed width. Durations and working hours: as a user writes them. Flags: 0, 1 or null
-- (not known, or not agreed). Sort keys (*_key): bytes whose order is the order of PHP's version_compare.

create table client (
  id text primary key,
  slug text not null,
  name text not null,
  folded_name text not null,
  language text,
  timezone text,
  hours text,
  names_vendor integer check (names_vendor in (0, 1)),
  first_response text,
  update_every text,
  created_at text not null
);
create unique index client_slug on client (lower(slug));

create table contact (
  client_id text not null references client (id),
  position integer not null,
  name text not null,
  email text not null,
  primary key (client_id, position)
);

create table site (
  id text primary key,
  client_id text not null references client (id),
  slug text not null,
  url text,
  tier text not null check (tier in ('shop', 'lead', 'info')),
  source text,
  network_site_id text references site (id),
  php_version text,
  created_at text not null
);
create unique index site_slug on site (lower(slug));
create index site_client on site (client_id);

create table component (
  id text primary key,
  kind text not null check (kind in ('plugin', 'theme', 'mu-plugin', 'dropin', 'core')),
  slug text not null,
  name text,
  folded_name text not null,
  unique (kind, slug)
);
create index component_slug on component (lower(slug));

-- A new version or status closes a row and opens another one. In an open row only last_seen moves, and with it what
-- the newest list said about updates.
create table installation (
  id text primary key,
  site_id text not null references site (id),
  component_id text not null references component (id),
  version text,
  version_key bytea,
  base_version text,
  base_key bytea,
  build text,
  status text not null,
  update_version text,
  auto_update integer check (auto_update in (0, 1)),
  first_seen text not null,
  last_seen text not null,
  closed_at text
);
create unique index installation_current on installation (site_id, component_id) where closed_at is null;
-- Holds all that "where is it installed?" answers: rows of one component lie on as many pages as there are sites.
create index installation_base on installation
  (component_id, base_key, site_id, version, base_version, status, build, last_seen) where closed_at is null;
create index installation_history on installation (site_id, first_seen);

create table import (
  id text primary key,
  site_id text not null references site (id),
  at text not null,
  recorded_at text not null,
  format text not null,
  source_name text not null,
  partial integer not null check (partial in (0, 1)),
  added integer not null,
  changed integer not null,
  removed integer not null,
  unchanged integer not null,
  unparsed integer not null,
  actor text not null
);
create index import_site on import (site_id, at);

-- Human numbers (INC-42): the newest one given, by what it counts.
create table counter (
  name text primary key,
  value integer not null
);
