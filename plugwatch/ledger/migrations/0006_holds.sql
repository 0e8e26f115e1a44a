-- Versions that no site should get. A hold ends by being lifted; it is never deleted.
create table hold (
  id text primary key,
  incident_id text not null references incident (id),
  component_id text not null references component (id),
  versions text not null,
  reason text not null,
  until text,
  at text not null,
  actor text not null,
  lifted_at text,
  lifted_by text
);
create index hold_by_incident on hold (incident_id);
