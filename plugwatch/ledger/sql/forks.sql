-- name: operation
select id from fork_operation where id = :id;

-- name: insert_operation
insert into fork_operation (id, component_id, command, actor, at)
values (:id, :component_id, :command, :actor, :at)
on conflict (id) do nothing;

-- name: insert_release
insert into fork_release (component_id, version, version_key, commit_id, tree_id, files, source, sha256, operation_id)
values (:component_id, :version, :version_key, :commit_id, :tree_id, :files, :source, :sha256, :operation_id)
on conflict (component_id, version) do nothing;

-- name: insert_patch
insert into patch (id, component_id, title, origin, incident_id, operation_id)
values (:id, :component_id, :title, :origin, :incident_id, :operation_id)
on conflict (id) do nothing;

-- name: incident_id
select id from incident where number = :number;

-- name: patches_like
select kind, slug, patch.id from patch join component on component.id = patch.component_id
where patch.id like :prefix;

-- name: incident_patches
select patch.id, kind, slug, patch.title, patch.origin from patch join component on component.id = patch.component_id
where incident_id in (select id from incident where id = :incident_id or merged_into = :incident_id)
order by patch.operation_id, patch.id;

-- name: drops_of
select version, verdict from patch_drop where patch_id = :patch_id;

-- name: stacked
select distinct kind, slug from stack_entry join component on component.id = stack_entry.component_id
order by kind, slug;

-- name: delete_stack
delete from stack_entry where component_id = :component_id and version = :version;

-- name: insert_stack_entry
insert into stack_entry (component_id, version, position, patch_id, operation_id)
values (:component_id, :version, :position, :patch_id, :operation_id);

-- name: insert_drop
insert into patch_drop (patch_id, version, verdict, evidence, operation_id)
values (:patch_id, :version, :verdict, :evidence, :operation_id)
on conflict (patch_id, version) do nothing;

-- name: insert_build
insert into build (component_id, version, base_version, fingerprint, tree_id, operation_id)
values (:component_id, :version, :base_version, :fingerprint, :tree_id, :operation_id)
on conflict (component_id, version) do nothing;

-- name: delete_drops
delete from patch_drop where operation_id = :operation_id;

-- name: delete_builds
delete from build where operation_id = :operation_id;

-- name: delete_patches
-- A colleague who shares this ledger may carry one of them on a fork of his own.
delete from patch where operation_id = :operation_id
  and not exists (select 1 from stack_entry where patch_id = patch.id)
  and not exists (select 1 from patch_drop where patch_id = patch.id);

-- name: delete_releases
delete from fork_release where operation_id = :operation_id;

-- name: submissions_of_patch
select number, status from submission where patch_id = :patch_id order by number;
