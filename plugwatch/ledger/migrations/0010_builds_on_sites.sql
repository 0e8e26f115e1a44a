-- Builds on sites: what was seen there, what was put there, what matters for security, and which patches have left.

-- One look at one component on one site; patches and differences are JSON: [[id, title, state]] and [[path, how, why]].
create table evidence (
  id text primary key,
  site_id text not null references site (id),
  component_id text not null references component (id),
  at text not null,
  actor text not null,
  state text not null,
  certainty text not null,
  version text,
  build text,
  release_version text,
  why text not null,
  taken_from text not null,
  patches text not null,
  differences text not null,
  total integer not null
);
create index evidence_by_place on evidence (component_id, site_id, id);

-- Something was put on a site. snapshot: a ZIP of what was there; kept_at: where the site keeps it.
create table deployment (
  id text primary key,
  run_id text not null,
  component_id text not null references component (id),
  site_id text not null references site (id),
  incident_id text references incident (id),
  kind text not null,
  version text not null,
  actor text not null,
  started_at text not null,
  finished_at text,
  state text not null,
  version_before text,
  state_before text,
  snapshot text,
  kept_at text,
  note text
);
create index deployment_by_place on deployment (component_id, site_id, id);
create index deployment_open on deployment (state);

create table security_mark (
  component_id text not null references component (id),
  sign text not null,
  key text not null,
  title text not null,
  affected text,
  fixed_in text,
  url text,
  attribution text,
  seen_at text not null,
  primary key (component_id, sign, key)
);

-- A dropped patch of which the last site has been seen on a release that holds it.
create table retirement (
  patch_id text not null references patch (id),
  version text not null,
  at text not null,
  actor text not null,
  primary key (patch_id, version)
);
