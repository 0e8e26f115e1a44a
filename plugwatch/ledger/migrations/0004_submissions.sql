-- What was written for vendors: one row a text, with its files and what the checks said of it.

create table submission (
    id text primary key,
    number bigint not null unique,
    incident_id text references incident (id),
    patch_id text,
    component_id text not null references component (id),
    channel text not null,
    status text not null,
    title text not null,
    body text not null,
    url text,
    created_at text not null,
    actor text not null
);

create index submission_by_incident on submission (incident_id);

create table submission_file (
    submission_id text not null references submission (id),
    position integer not null,
    name text not null,
    path text not null,
    primary key (submission_id, position)
);

create table submission_check (
    submission_id text not null references submission (id),
    position integer not null,
    name text not null,
    ok integer not null,
    detail text not null,
    primary key (submission_id, position)
);
