-- An index of the forks. git is the truth for all of it: every row comes from the record of an operation in a fork's
-- repository, so that it can be written again at any time.

create table fork_operation (
    id text primary key,
    component_id text not null references component (id),
    command text not null,
    actor text not null,
    at text not null
);

create table fork_release (
    component_id text not null references component (id),
    version text not null,
    version_key bytea not null,
    commit_id text not null,
    tree_id text not null,
    files integer not null,
    source text not null,
    sha256 text,
    operation_id text not null references fork_operation (id),
    primary key (component_id, version)
);

create table patch (
    id text primary key,
    component_id text not null references component (id),
    title text not null,
    origin text not null,
    incident_id text references incident (id),
    operation_id text not null references fork_operation (id)
);

create index patch_by_incident on patch (incident_id);

create table stack_entry (
    component_id text not null references component (id),
    version text not null,
    position integer not null,
    patch_id text not null references patch (id),
    operation_id text not null references fork_operation (id),
    primary key (component_id, version, position)
);

create table patch_drop (
    patch_id text not null references patch (id),
    version text not null,
    verdict text not null,
    evidence text not null,
    operation_id text not null references fork_operation (id),
    primary key (patch_id, version)
);

create table build (
    component_id text not null references component (id),
    version text not null,
    base_version text not null,
    fingerprint text not null,
    tree_id text not null,
    operation_id text not null references fork_operation (id),
    primary key (component_id, version)
);
