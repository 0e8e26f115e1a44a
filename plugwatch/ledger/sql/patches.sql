-- name: insert_stance
insert into stance (id, patch_id, stance, reason, review_by, at, actor)
values (:id, :patch_id, :stance, :reason, :review_by, :at, :actor);

-- name: stances
select patch_id, stance, reason, review_by, at, actor from stance order by id;

-- name: insert_acceptance
insert into acceptance (id, patch_id, component_id, version, stands, verdict, reason, at, actor)
values (:id, :patch_id, :component_id, :version, :stands, :verdict, :reason, :at, :actor);

-- name: acceptances
select patch_id, kind, slug, version, stands, verdict, reason, at, actor
from acceptance join component on component.id = acceptance.component_id
where component_id = :component_id
order by acceptance.id;

-- name: retired
select kind, slug, patch_id, version
from patch_drop
join patch on patch.id = patch_id
join component on component.id = patch.component_id
where verdict <> 'dropped';

-- name: dropped
select distinct patch_id from patch_drop;

-- name: submissions
select patch_id, number, channel, status, coalesce(remote_url,
  (select url from post where post.submission_id = submission.id and position = 0))
from submission where patch_id is not null order by number;

-- name: installed
select kind, slug, build, count(*)
from installation join component on component.id = installation.component_id
where closed_at is null and component_id in (select component_id from fork_release)
group by kind, slug, build;

-- name: was_installed
select distinct kind, slug
from installation join component on component.id = installation.component_id
where closed_at is not null and component_id in (select component_id from fork_release);
