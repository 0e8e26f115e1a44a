-- From the call to the end: what clients were told and what became of it, what was promised and when it was kept, how an
-- incident ends, comes back or turns out to be another one, and what it cost. Texts change only while they are drafts.

alter table client add column tone text;
alter table incident add column merged_into text references incident (id);
alter table incident add column workaround text;
alter table incident add column workaround_checked_at text;
create index incident_by_merge on incident (merged_into);
create index incident_by_status on incident (status);
alter table impact add column detail text;
alter table impact add column valid_until text;
alter table event add column minutes integer check (minutes > 0);
alter table event add column client_id text references client (id);
alter table hold add column lifted_why text;

-- The message that made the promise. When it was kept is computed from what was sent; kept_at is no longer used.
alter table promise add column message_id text;
create index promise_by_client on promise (client_id, due_at);
create index client_call_by_client on client_call (client_id);

-- The same trouble at another time; the incident with the lower number stands first.
create table incident_link (
  incident_id text not null references incident (id),
  other_id text not null references incident (id),
  note text,
  at text not null,
  actor text not null,
  primary key (incident_id, other_id)
);

-- What we say of an incident in plain words, by language; field: effect, done, plan or care.
create table incident_words (
  incident_id text not null references incident (id),
  language text not null,
  field text not null,
  body text not null,
  at text not null,
  actor text not null,
  primary key (incident_id, language, field)
);

-- What a vendor is called, so that no client reads it by mistake; words: one a line.
create table vendor (
  component_id text primary key references component (id),
  name text not null,
  words text not null
);

-- One message to a client in a round of a phase; the unique key is what makes sending it twice impossible.
create table message (
  id text primary key,
  incident_id text not null references incident (id),
  client_id text not null references client (id),
  phase text not null,
  round integer not null,
  state text not null,
  road text not null,
  language text not null,
  subject text not null,
  body text not null,
  edited integer not null check (edited in (0, 1)),
  asks integer not null check (asks in (0, 1)),
  next_due text,
  mail_id text not null,
  thread_id text,
  claim text,
  claimed_by text,
  claimed_at text,
  created_at text not null,
  changed_at text not null,
  actor text not null,
  unique (incident_id, client_id, phase, round)
);
create index message_by_client on message (client_id);

create table message_site (
  message_id text not null references message (id),
  site_id text not null references site (id),
  primary key (message_id, site_id)
);

-- What became of a message at one address.
create table delivery (
  message_id text not null references message (id),
  address text not null,
  name text not null,
  state text not null,
  reply text,
  tries integer not null,
  tried_at text,
  sent_at text,
  primary key (message_id, address)
);
create index delivery_unsettled on delivery (state)
  where state in ('waiting', 'handing', 'deferred', 'refused', 'unknown', 'kept');

create table feedback (
  id text primary key,
  incident_id text references incident (id),
  client_id text not null references client (id),
  rating text not null,
  words text,
  at text not null,
  recorded_at text not null,
  actor text not null
);
create index feedback_by_client on feedback (client_id, id);

-- Which reminders were sent, so that each is sent once, however many jobs run; kind: soon or overdue.
create table reminder (
  promise_id text not null references promise (id),
  kind text not null,
  at text not null,
  primary key (promise_id, kind)
);

-- What the last check saw, for the morning's list; each check writes it anew.
create table check_finding (
  kind text not null,
  place text not null,
  summary text not null,
  seen_at text not null,
  primary key (kind, place)
);
