/**
 * Frozen: never edited once released, only followed by the next number.
 *
 * Gap-free by construction: `append` takes the one advisory lock of this log before it looks at the last position, and
 * keeps it until its commit; so positions become visible in their own order, and a reader needs nothing but
 * `position > last`. PostgreSQL makes a commit visible before it releases the transaction's locks. Every statement of a
 * VOLATILE function sees what was committed before that statement, under READ COMMITTED only: hence the check.
 *
 * `expected`: -2 any, -1 no stream, else the exact revision. `sizes`: how many of `ids`, `types`, `bodies` and
 * `metas` belong to each append. One row per append comes back; nothing raises because an expectation is stale.
 */
export const eventLogSql = `
create table {schema}.events (
  position bigint primary key,
  stream text collate "C" not null,
  revision bigint not null,
  category text collate "C" not null,
  id uuid not null,
  type text collate "C" not null,
  data json not null,
  metadata json not null,
  size integer not null,
  recorded_at timestamptz not null,
  constraint events_stream_revision unique (stream, revision)
);

create index events_category_position on {schema}.events (category, position);

create function {schema}.refuse_change() returns trigger language plpgsql as $body$
begin
  raise exception '% refused: the event log only grows', tg_op using errcode = 'restrict_violation';
end
$body$;

create trigger events_only_grow before update or delete or truncate on {schema}.events
  for each statement execute function {schema}.refuse_change();

alter table {schema}.events enable always trigger events_only_grow;

create function {schema}.append(
  streams text[], expected bigint[], sizes integer[], ids uuid[], types text[], bodies json[], metas json[],
  out kind text, out revision bigint, out "position" bigint
) returns setof record language plpgsql volatile as $body$
declare
  head bigint;
  tail bigint;
  current bigint;
  lower integer := 1;
  upper integer;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'append needs read committed' using errcode = 'feature_not_supported';
  end if;
  perform pg_advisory_xact_lock({append-lock});
  select coalesce(max(e.position), 0) into head from {schema}.events e;
  tail := head;
  for i in 1 .. cardinality(streams) loop
    upper := lower + sizes[i] - 1;
    select coalesce(max(e.revision), -1) into current from {schema}.events e where e.stream = streams[i];
    if expected[i] in (-2, current) then
      insert into {schema}.events
        select tail + given.n, streams[i], current + given.n, split_part(streams[i], '-', 1), given.id, given.type,
               given.body, given.meta, octet_length(given.body::text) + octet_length(given.meta::text), clock_timestamp()
        from unnest(ids[lower:upper], types[lower:upper], bodies[lower:upper], metas[lower:upper])
          with ordinality as given (id, type, body, meta, n);
      tail := tail + sizes[i];
      kind := 'appended'; revision := current + sizes[i]; "position" := tail;
    else
      select 'appended', max(e.revision), max(e.position) into kind, revision, "position"
        from unnest(ids[lower:upper]) with ordinality as given (id, n)
        join {schema}.events e on e.stream = streams[i] and e.revision = expected[i] + given.n and e.id = given.id
        having count(*) = sizes[i];
      if kind is null then
        kind := 'conflict'; revision := nullif(current, -1); "position" := null;
      end if;
    end if;
    return next;
    lower := upper + 1;
  end loop;
  if tail > head then
    perform pg_notify('{channel}', '');
  end if;
end
$body$;
`;
