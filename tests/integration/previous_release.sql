-- What `clarion run` and `clarion project` of the release before this one ask of PostgreSQL, as they were
-- released with the tables of revision 0002. Old processes go on while a newer release's tables are there,
-- so each statement must work on these: test_upgrade.py tries them. Replaced at each release.

-- batch._find_profiles
SELECT i.namespace, i.value, p.id, p.attributes, p.consents,
       p.owner_topic, p.owner_partition, p.owner_offset
FROM unnest($1::text[], $2::text[]) AS wanted (namespace, value)
JOIN identities AS i USING (namespace, value)
JOIN profiles AS p ON p.id = i.profile_id;

-- batch._find_suppressions
SELECT s.channel, s.address, s.reason
FROM unnest($1::text[], $2::text[]) AS wanted (channel, address)
JOIN suppressions AS s USING (channel, address);

-- batch._create_profiles
WITH wanted AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[])
    AS wanted (id, namespace, value, owner_topic, owner_partition, owner_offset)
), taken AS (
    INSERT INTO identities (namespace, value, profile_id)
    SELECT namespace, value, id FROM wanted ORDER BY namespace, value
    ON CONFLICT (namespace, value) DO NOTHING
    RETURNING profile_id
)
INSERT INTO profiles
    (id, attributes, consents, dataset, owner_topic, owner_partition, owner_offset)
SELECT id, '{}', '{}', $7, owner_topic, owner_partition, owner_offset
FROM wanted JOIN taken ON taken.profile_id = wanted.id;

-- batch._release
DELETE FROM claims AS c
USING unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[])
    AS given (delivery_id, owner_topic, owner_partition, owner_offset)
WHERE c.delivery_id = given.delivery_id
  AND (c.owner_topic, c.owner_partition, c.owner_offset)
    = (given.owner_topic, given.owner_partition, given.owner_offset);

-- batch._claim
WITH mine AS (
    SELECT * FROM unnest($3::int[], $4::bigint[], $5::bigint[]) AS mine (partition, epoch, attempted)
), held AS (
    SELECT p.partition, mine.attempted
    FROM mine JOIN partitions AS p USING (partition)
    WHERE p.group_id = $1 AND p.topic = $2 AND p.epoch = mine.epoch
    ORDER BY p.partition
    FOR UPDATE OF p
), standing AS (
    SELECT count(*) = cardinality($3) AS stands, array_agg(partition) AS kept FROM held
), noted AS (
    UPDATE partitions AS p
    SET attempted_offset = greatest(p.attempted_offset, held.attempted), updated_at = now()
    FROM held, standing
    WHERE p.group_id = $1 AND p.topic = $2 AND p.partition = held.partition AND stands
), wanted AS (
    SELECT * FROM unnest($6::uuid[], $7::text[], $8::int[], $9::bigint[], $10::bytea[])
    AS wanted (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
), claimed AS (
    INSERT INTO claims AS c (delivery_id, owner_topic, owner_partition, owner_offset, fingerprint)
    SELECT wanted.* FROM wanted, standing WHERE stands ORDER BY delivery_id
    ON CONFLICT (delivery_id) DO UPDATE SET owner_topic = c.owner_topic
    RETURNING delivery_id, owner_topic, owner_partition, owner_offset, fingerprint
), lost AS (
    SELECT claimed.* FROM claimed JOIN wanted USING (delivery_id)
    WHERE (claimed.owner_topic, claimed.owner_partition, claimed.owner_offset)
       <> (wanted.owner_topic, wanted.owner_partition, wanted.owner_offset)
)
SELECT stands, kept, lost.* FROM standing LEFT JOIN lost ON true;

-- claims.prune_claims
DELETE FROM claims WHERE delivery_id IN (
    SELECT delivery_id FROM claims WHERE claimed_at < now() - $1::interval
    ORDER BY claimed_at LIMIT $2 FOR UPDATE SKIP LOCKED
);

-- dead_letters.insert_dead_letters
INSERT INTO dead_letters
SELECT partition, record_offset, failed_at, failed_at_text, reason, string_to_array(reasons, ' '),
       detail, failures::jsonb, campaign_id, campaign_version, request_id, attempt,
       origin_topic, origin_partition, origin_offset, origin_timestamp, value_bytes, is_open
FROM unnest(
    $1::int[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::int[], $11::text[], $12::int[], $13::text[], $14::int[],
    $15::bigint[], $16::bigint[], $17::int[], $18::boolean[]
) AS given (
    partition, record_offset, failed_at, failed_at_text, reason, reasons, detail, failures,
    campaign_id, campaign_version, request_id, attempt,
    origin_topic, origin_partition, origin_offset, origin_timestamp, value_bytes, is_open);

-- dead_letters.mark_open
WITH standing AS (
    SELECT d.partition, d.record_offset, r.letter_offset IS NULL AS is_open
    FROM unnest($1::int[], $2::bigint[]) AS given (partition, record_offset)
    JOIN dead_letters AS d USING (partition, record_offset)
    LEFT JOIN resolutions AS r ON r.letter_partition = d.partition
        AND r.letter_offset = d.record_offset AND r.failed_at = d.failed_at
)
UPDATE dead_letters AS d SET is_open = s.is_open FROM standing AS s
WHERE d.partition = s.partition AND d.record_offset = s.record_offset
  AND d.is_open <> s.is_open;

-- dead_letters.delete_dead_letters
DELETE FROM dead_letters WHERE partition = $1 AND record_offset IN (
    SELECT record_offset FROM dead_letters
    WHERE partition = $1 AND ($2::bigint IS NULL OR record_offset < $2)
    ORDER BY record_offset LIMIT $3
);

-- executions.insert_executions
INSERT INTO executions
SELECT partition, record_offset, execution_id, campaign_id, campaign_version, request_id, attempt,
       source_topic, source_partition, source_offset, triggered_at, executed_at,
       outcomes::jsonb, is_delivered
FROM unnest(
    $1::int[], $2::bigint[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::int[], $8::text[],
    $9::int[], $10::bigint[], $11::timestamptz[], $12::timestamptz[], $13::text[], $14::boolean[]
) AS given (
    partition, record_offset, execution_id, campaign_id, campaign_version, request_id, attempt,
    source_topic, source_partition, source_offset, triggered_at, executed_at, outcomes, is_delivered);

-- executions.delete_executions
DELETE FROM executions WHERE partition = $1 AND record_offset IN (
    SELECT record_offset FROM executions
    WHERE partition = $1 AND ($2::bigint IS NULL OR record_offset < $2)
    ORDER BY record_offset LIMIT $3
) RETURNING campaign_id, executed_at, outcomes;

-- outcome_counts.add_counts
INSERT INTO outcome_counts AS c (campaign_id, minute, channel, outcome, reason, count)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (campaign_id, minute, channel, outcome, reason)
DO UPDATE SET count = c.count + excluded.count;

-- outcome_counts.delete_zeros
DELETE FROM outcome_counts AS c
USING unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
    AS given (campaign_id, minute, channel, outcome, reason)
WHERE (c.campaign_id, c.minute, c.channel, c.outcome, c.reason)
    = (given.campaign_id, given.minute, given.channel, given.outcome, given.reason)
  AND c.count = 0;

-- partitions.raise_epochs
INSERT INTO partitions AS p (group_id, topic, partition, epoch)
SELECT $1, $2, partition, 1 FROM unnest($3::int[]) AS partition ORDER BY partition
ON CONFLICT (group_id, topic, partition)
DO UPDATE SET epoch = p.epoch + 1, updated_at = now()
RETURNING partition, epoch, attempted_offset, acknowledged_offset;

-- partitions.acknowledge
UPDATE partitions AS p
SET acknowledged_offset = mine.acknowledged, updated_at = now()
FROM (
    SELECT p.partition, mine.acknowledged
    FROM unnest($3::int[], $4::bigint[], $5::bigint[]) AS mine (partition, epoch, acknowledged)
    JOIN partitions AS p ON p.group_id = $1 AND p.topic = $2 AND p.partition = mine.partition
    WHERE p.epoch = mine.epoch
    ORDER BY p.partition
    FOR UPDATE OF p
) AS mine
WHERE p.group_id = $1 AND p.topic = $2 AND p.partition = mine.partition;

-- projections._move
UPDATE projection_offsets AS p SET next_offset = m.after, updated_at = now()
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS m (topic, partition, before, after)
WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.before;

-- projections.read_offsets
SELECT topic, partition, next_offset FROM projection_offsets;

-- projections.add_partition
INSERT INTO projection_offsets VALUES ($1, $2, $3);

-- projections.remove_partition
DELETE FROM projection_offsets WHERE topic = $1 AND partition = $2;

-- registry.read_revision
SELECT revision FROM registry_revision;

-- registry.read_changed
SELECT c.id, c.revision, c.archived_at IS NOT NULL AS archived, v.version, v.status,
        CASE WHEN v.is_news THEN v.definition END AS definition,
        CASE WHEN v.is_news THEN (
            SELECT jsonb_object_agg(f.name, f.definition)
            FROM jsonb_each(v.definition -> 'channels') AS used (channel, settings)
            JOIN channel_configurations AS f ON f.name = used.settings ->> 'configuration'
        ) END AS configurations
    FROM campaigns AS c CROSS JOIN (SELECT NULL::int AS version) AS known
    JOIN LATERAL (
        SELECT version, status, definition,
            status = 'live' AND version IS DISTINCT FROM known.version AS is_news
        FROM campaign_versions WHERE campaign_id = c.id
        ORDER BY status = 'live' DESC, status = 'draft' DESC, version DESC LIMIT 1
    ) AS v ON true
WHERE c.revision > $1 ORDER BY c.revision FETCH FIRST $2 ROWS WITH TIES;

-- registry.read_standings
SELECT c.id, c.revision, c.archived_at IS NOT NULL AS archived, v.version, v.status,
    CASE WHEN v.is_news THEN v.definition END AS definition,
    CASE WHEN v.is_news THEN (
        SELECT jsonb_object_agg(f.name, f.definition)
        FROM jsonb_each(v.definition -> 'channels') AS used (channel, settings)
        JOIN channel_configurations AS f ON f.name = used.settings ->> 'configuration'
    ) END AS configurations
FROM unnest($1::text[], $2::int[]) AS known (id, version) JOIN campaigns AS c USING (id)
JOIN LATERAL (
    SELECT version, status, definition,
        status = 'live' AND version IS DISTINCT FROM known.version AS is_news
    FROM campaign_versions WHERE campaign_id = c.id
    ORDER BY status = 'live' DESC, status = 'draft' DESC, version DESC LIMIT 1
) AS v ON true;

-- registry.read_changed_configurations
SELECT name, definition, revision FROM channel_configurations WHERE revision > $1;

-- resolutions.write_resolutions
INSERT INTO resolutions
SELECT * FROM unnest(
    $1::int[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::text[], $9::boolean[], $10::int[])
ON CONFLICT (letter_partition, letter_offset) DO UPDATE SET
    failed_at = excluded.failed_at, action = excluded.action, run_id = excluded.run_id,
    operator = excluded.operator, resolved_at = excluded.resolved_at, note = excluded.note,
    is_patched = excluded.is_patched, partition = excluded.partition;

-- resolutions.withdraw_resolutions
DELETE FROM resolutions AS r USING unnest($1::int[], $2::bigint[]) AS given (partition, letter)
WHERE r.letter_partition = given.partition AND r.letter_offset = given.letter;

-- resolutions.delete_resolutions_of_partition
DELETE FROM resolutions WHERE (letter_partition, letter_offset) IN (
    SELECT letter_partition, letter_offset FROM resolutions WHERE partition = $1 LIMIT $2
) RETURNING letter_partition, letter_offset;

-- resolutions.delete_resolutions_of_letters
DELETE FROM resolutions WHERE letter_partition = $1 AND letter_offset IN (
    SELECT letter_offset FROM resolutions
    WHERE letter_partition = $1 AND letter_offset < $2 ORDER BY letter_offset LIMIT $3
);
