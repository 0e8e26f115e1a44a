-- Incidents: one cause each, with the calls about it, what it means for each site, and what was promised.
-- Nothing here is deleted or overwritten in daily work but an incident's own fields, whose every change is an event.

create table incident (
    id text primary key,
    number bigint not null unique,
    title text not null,
    status text not null,
    severity text not null,
    triggered_by text not null,
    component_id text references component (id),
    version text,
    affected text,
    security integer not null,
    assignee text,
    steps text,
    expected text,
    actual text,
    opened_at text not null,
    recorded_at text not null,
    actor text not null
);

create index incident_by_component on incident (component_id, status);

create table incident_component (
    incident_id text not null references incident (id),
    component_id text not null references component (id),
    primary key (incident_id, component_id)
);

create table client_call (
    id text primary key,
    incident_id text not null references incident (id),
    client_id text references client (id),
    site_id text references site (id),
    caller text,
    heard text not null,
    words text not null,
    ticket text,
    at text not null,
    recorded_at text not null,
    actor text not null
);

create index client_call_by_incident on client_call (incident_id);

create table impact (
    id text primary key,
    incident_id text not null references incident (id),
    site_id text not null references site (id),
    state text not null,
    justification text,
    at text not null,
    actor text not null
);

create index impact_by_incident on impact (incident_id, site_id, id);

create table promise (
    id text primary key,
    incident_id text not null references incident (id),
    client_id text not null references client (id),
    due_at text not null,
    made_at text not null,
    kept_at text,
    actor text not null
);

create index promise_by_incident on promise (incident_id);

create table event (
    id text primary key,
    incident_id text not null references incident (id),
    at text not null,
    recorded_at text not null,
    actor text not null,
    kind text not null,
    visibility text not null,
    body text not null
);

create index event_by_incident on event (incident_id, at);
