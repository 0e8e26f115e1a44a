-- What we mean to do with each patch, and what a person says that a release contains. Nothing is overwritten: of the rows
-- about the same thing the newest counts. The index of the forks may be written anew from git, so no row here rests on it.

create table stance (
    id text primary key,
    patch_id text not null,
    stance text not null,
    reason text not null,
    review_by text,
    at text not null,
    actor text not null
);

create index stance_by_patch on stance (patch_id, id);

create table acceptance (
    id text primary key,
    patch_id text not null,
    component_id text not null references component (id),
    version text not null,
    stands integer not null check (stands in (0, 1)),
    verdict text not null,
    reason text not null,
    at text not null,
    actor text not null
);

create index acceptance_by_component on acceptance (component_id, version, id);
