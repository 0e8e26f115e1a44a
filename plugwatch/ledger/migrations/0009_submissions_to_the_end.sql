-- Submissions from the draft to the release: every text of one, what became of it, the watch on the vendor's answer, and
-- what is known of the ways to a vendor.

alter table submission add column target text;
alter table submission add column remote_url text;
alter table submission add column version text;
alter table submission add column branch text;
alter table submission add column commit_id text;
alter table submission add column fixed_in text;
alter table submission add column goes_on_from text references submission (id);
create index submission_by_component on submission (component_id);
create index submission_by_patch on submission (patch_id);

-- One text to a vendor in a submission: what it began with, and all that followed. It changes only while it is a draft.
-- claim: who is about to send it; asks, step: of a reply and of a follow-up; commit_id: what a pull request offers by it;
-- theirs: lines of the vendor's own form, one a line.
create table post (
  id text primary key,
  submission_id text not null references submission (id),
  position integer not null,
  kind text not null,
  state text not null,
  title text not null,
  body text not null,
  url text,
  remote_url text,
  detail text,
  mail_id text not null,
  asks text,
  step integer,
  labels text,
  as_draft integer not null check (as_draft in (0, 1)),
  commit_id text,
  theirs text,
  claim text,
  claimed_by text,
  claimed_at text,
  created_at text not null,
  tried_at text,
  sent_at text,
  actor text not null,
  unique (submission_id, position)
);

create table post_file (
  post_id text not null references post (id),
  position integer not null,
  name text not null,
  path text not null,
  primary key (post_id, position)
);

create table post_check (
  post_id text not null references post (id),
  position integer not null,
  name text not null,
  ok integer not null check (ok in (0, 1)),
  detail text not null,
  primary key (post_id, position)
);

insert into post (id, submission_id, position, kind, state, title, body, url, mail_id, as_draft, created_at, actor)
select id, id, 0, case when patch_id is null then 'bug' else 'patch' end, 'draft', title, body, url, '', 0, created_at,
  actor
from submission;
insert into post_file (post_id, position, name, path) select submission_id, position, name, path from submission_file;
insert into post_check (post_id, position, name, ok, detail)
select submission_id, position, name, ok, detail from submission_check;
drop table submission_file;
drop table submission_check;
alter table submission drop column title;
alter table submission drop column body;
alter table submission drop column url;

-- Every status that a submission has had; by_hand: a person said so, and not a tracker.
create table submission_change (
  id text primary key,
  submission_id text not null references submission (id),
  status text not null,
  note text,
  by_hand integer not null check (by_hand in (0, 1)),
  at text not null,
  actor text not null
);
create index submission_change_by_submission on submission_change (submission_id);
insert into submission_change (id, submission_id, status, by_hand, at, actor)
select id, id, status, 1, created_at, actor from submission;

-- The watch on a vendor's answer; by_hand: what the tracker said when a person set the status.
create table watch (
  submission_id text primary key references submission (id),
  url text not null,
  tracker text not null,
  remote text,
  changed_at text,
  checked_at text,
  next_check text,
  error text,
  failures integer not null,
  etag text,
  by_hand text
);
create index watch_by_next_check on watch (next_check);

-- What was said at the vendor's.
create table remark (
  submission_id text not null references submission (id),
  remote_id text not null,
  at text not null,
  who text not null,
  kind text not null,
  words text not null,
  human integer not null check (human in (0, 1)),
  seen_at text not null,
  primary key (submission_id, remote_id)
);

-- What a person said of a way to a vendor; prefer: 1 the one to take, -1 never, 0 neither.
create table vendor_road (
  component_id text not null references component (id),
  road text not null,
  address text,
  prefer integer not null check (prefer in (-1, 0, 1)),
  note text,
  at text not null,
  actor text not null,
  primary key (component_id, road)
);

-- What else a person said of a vendor: paid, patch-as, labels.
create table vendor_choice (
  component_id text not null references component (id),
  name text not null,
  value text not null,
  at text not null,
  actor text not null,
  primary key (component_id, name)
);

-- What was found out of a component's vendor from outside, as one JSON document, and when.
create table vendor_fact (
  component_id text primary key references component (id),
  facts text not null,
  fetched_at text not null
);
