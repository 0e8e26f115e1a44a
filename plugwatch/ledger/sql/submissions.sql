-- name: insert
insert into submission (id, number, incident_id, patch_id, component_id, channel, status, target, remote_url, version,
  branch, commit_id, fixed_in, goes_on_from, created_at, actor)
values (:id, :number, :incident_id, :patch_id, :component_id, :channel, :status, :target, :remote_url, :version,
  :branch, :commit_id, :fixed_in, (select id from submission where number = :goes_on_from), :created_at, :actor);

-- name: update
update submission set status = :status, target = :target, remote_url = :remote_url, version = :version,
  branch = :branch, commit_id = :commit_id, fixed_in = :fixed_in
where number = :number;

-- name: insert_post
insert into post (id, submission_id, position, kind, state, title, body, url, remote_url, detail, mail_id, asks, step,
  labels, as_draft, commit_id, theirs, created_at, tried_at, sent_at, actor)
values (:id, (select id from submission where number = :number),
  (select count(*) from post other join submission on submission.id = other.submission_id where number = :number),
  :kind, :state, :title, :body, :url, :remote_url, :detail, :mail_id, :asks, :step, :labels, :as_draft, :commit_id,
  :theirs, :created_at, :tried_at, :sent_at, :actor);

-- name: rewrite_post
update post set title = :title, body = :body, url = :url where id = :id and state = 'draft' and claim is null;

-- name: delete_checks
delete from post_check where post_id = :post_id;

-- name: insert_file
insert into post_file (post_id, position, name, path) values (:post_id, :position, :name, :path);

-- name: delete_files
delete from post_file where post_id = :post_id;

-- name: insert_check
insert into post_check (post_id, position, name, ok, detail) values (:post_id, :position, :name, :ok, :detail);

-- name: claim
-- What is on its way may be claimed by whoever finds out what became of it; a claim of the same place is a dead one's.
update post set claim = :claim, claimed_by = :actor, claimed_at = :now
where id = :id and state in ('draft', 'handing', 'unknown', 'kept')
  and (claim is null or claimed_at < :dead or substr(claim, 1, :length) = :place);

-- name: hand
update post set state = 'handing', tried_at = coalesce(tried_at, :now), claimed_at = :now, commit_id = :commit_id
where id = :id and claim = :claim;

-- name: settle
update post set state = :state, remote_url = coalesce(:remote_url, remote_url), detail = :detail,
  sent_at = coalesce(sent_at, :sent_at), claim = null
where id = :id and claim = :claim;

-- name: let_go
update post set claim = null where id = :id and claim = :claim;

-- name: claimed
select claimed_by, claimed_at from post where id = :id and claim is not null;

-- name: set_state
update post set state = :state, remote_url = coalesce(:remote_url, remote_url),
  sent_at = coalesce(sent_at, :sent_at), claim = null
where id = :id;

-- name: insert_change
insert into submission_change (id, submission_id, status, note, by_hand, at, actor)
values (:id, (select id from submission where number = :number), :status, :note, :by_hand, :at, :actor);

-- name: set_watch
insert into watch (submission_id, url, tracker, remote, changed_at, checked_at, next_check, error, failures, etag, by_hand)
values ((select id from submission where number = :number), :url, :tracker, :remote, :changed_at, :checked_at,
  :next_check, :error, :failures, :etag, :by_hand)
on conflict (submission_id) do update set url = excluded.url, tracker = excluded.tracker, remote = excluded.remote,
  changed_at = excluded.changed_at, checked_at = excluded.checked_at, next_check = excluded.next_check,
  error = excluded.error, failures = excluded.failures, etag = excluded.etag, by_hand = excluded.by_hand;

-- name: add_remark
insert into remark (submission_id, remote_id, at, who, kind, words, human, seen_at)
values ((select id from submission where number = :number), :remote_id, :at, :who, :kind, :words, :human, :seen_at)
on conflict (submission_id, remote_id) do nothing;

-- name: all
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status, target,
  remote_url, submission.version, branch, commit_id, fixed_in,
  (select number from submission earlier where earlier.id = submission.goes_on_from), created_at, submission.actor
from submission join component on component.id = submission.component_id
  left join incident on incident.id = submission.incident_id
order by submission.number desc;

-- name: by_number
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status, target,
  remote_url, submission.version, branch, commit_id, fixed_in,
  (select number from submission earlier where earlier.id = submission.goes_on_from), created_at, submission.actor
from submission join component on component.id = submission.component_id
  left join incident on incident.id = submission.incident_id
where submission.number = :number;

-- name: of_incident
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status, target,
  remote_url, submission.version, branch, commit_id, fixed_in,
  (select number from submission earlier where earlier.id = submission.goes_on_from), created_at, submission.actor
from submission join component on component.id = submission.component_id
  join incident on incident.id = submission.incident_id
where incident.id = :incident_id or incident.merged_into = :incident_id
order by submission.number;

-- name: of_component
select submission.id, submission.number, incident.number, patch_id, kind, slug, channel, submission.status, target,
  remote_url, submission.version, branch, commit_id, fixed_in,
  (select number from submission earlier where earlier.id = submission.goes_on_from), created_at, submission.actor
from submission join component on component.id = submission.component_id
  left join incident on incident.id = submission.incident_id
where component.id = :component_id
order by submission.number;

-- name: posts
select id, kind, state, title, body, created_at, actor, mail_id, url, remote_url, detail, asks, step, labels, as_draft,
  commit_id, theirs, tried_at, sent_at
from post where submission_id = :submission_id order by position;

-- name: files
select name, path from post_file where post_id = :post_id order by position;

-- name: checks
select name, ok, detail from post_check where post_id = :post_id order by position;

-- name: changes
select status, at, actor, note, by_hand from submission_change where submission_id = :submission_id order by at, id;

-- name: watch
select url, tracker, remote, changed_at, checked_at, next_check, error, failures, etag, by_hand
from watch where submission_id = :submission_id;

-- name: remarks
select remote_id, at, who, kind, words, human from remark where submission_id = :submission_id order by at, remote_id;

-- name: due
select submission.number
from watch join submission on submission.id = watch.submission_id
where submission.status not in ('withdrawn', 'released', 'draft') and tracker <> 'none'
  and (next_check is null or next_check <= :now)
order by next_check, submission.number;
