-- name: get
SELECT ordinal, contract, id, kind, parent, root, lineage, region, shape, revision, reached, version, state,
       pending, deleting, created, created_by, created_by_id, modified, modified_by, modified_by_id,
       desired, internal, observed
FROM resource WHERE contract = :contract AND id = :id

-- name: get_vendor
SELECT ordinal, contract, id, kind, parent, root, lineage, region, shape, revision, reached, version, state,
       pending, deleting, created, created_by, created_by_id, modified, modified_by, modified_by_id,
       desired, internal, observed
FROM resource WHERE contract IN (:contract, 0) AND id = :id

-- name: owner
SELECT created_by_id, protected FROM resource WHERE contract = :contract AND id = :id

-- name: lock [sqlite]
SELECT 1

-- name: lock [postgresql]
SELECT 1 FROM resource WHERE contract = :contract AND id = :id FOR UPDATE

-- name: share [sqlite]
SELECT 1

-- name: share [postgresql]
SELECT 1 FROM resource WHERE contract = :contract AND id = :id FOR SHARE

-- name: under_root
SELECT ordinal, contract, id, kind, parent, root, lineage, region, shape, revision, reached, version, state,
       pending, deleting, created, created_by, created_by_id, modified, modified_by, modified_by_id,
       desired, internal, observed
FROM resource WHERE contract = :contract AND root = :root ORDER BY ordinal

-- name: marks_under_root
SELECT ordinal, version FROM resource WHERE contract = :contract AND root = :root ORDER BY ordinal

-- name: links_under
SELECT reference.source, reference.field, reference.target
FROM resource JOIN reference ON reference.contract = resource.contract AND reference.source = resource.id
WHERE resource.contract = :contract AND resource.root = :root ORDER BY resource.ordinal

-- name: subtree
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
SELECT resource.id, resource.kind, resource.desired, resource.internal FROM resource JOIN inside ON resource.id = inside.id
WHERE resource.contract = :contract

-- name: insert
INSERT INTO resource (contract, id, kind, parent, root, lineage, region, shape, state, pending, protected,
    created, created_by, created_by_id, modified, modified_by, modified_by_id, desired, internal, observed)
VALUES (:contract, :id, :kind, :parent, :root, :lineage, :region, :shape, :state, :pending, :protected,
    :created, :actor, :actor_id, :created, :actor, :actor_id, :desired, :internal, :observed)
RETURNING ordinal

-- name: update
UPDATE resource SET desired = :desired, internal = :internal, shape = :shape, state = :state,
    protected = :protected, revision = revision + 1,
    pending = pending + :pending, version = version + 1,
    modified = :modified, modified_by = :actor, modified_by_id = :actor_id
WHERE contract = :contract AND id = :id

-- name: rewrite
UPDATE resource SET desired = :desired, internal = :internal, version = version + 1
WHERE contract = :contract AND id = :id

-- name: touch
UPDATE resource SET version = version + 1, pending = pending + :pending
WHERE contract = :contract AND id = :id

-- name: mark_deleting
UPDATE resource SET state = :state, pending = pending + 1, version = version + 1,
    modified = :modified, modified_by = :actor, modified_by_id = :actor_id
WHERE contract = :contract AND id = :id

-- name: set_deleting
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
UPDATE resource SET deleting = :deleting, version = version + 1
WHERE contract = :contract AND id IN (SELECT id FROM inside)

-- name: settle
UPDATE resource SET state = :state, reached = :revision, observed = :observed,
    pending = pending - 1, version = version + 1
WHERE contract = :contract AND id = :id

-- name: fail
UPDATE resource SET state = :state, pending = pending - 1, version = version + 1
WHERE contract = :contract AND id = :id

-- name: bury
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
INSERT INTO tombstone (contract, id, kind, created, deleted)
SELECT contract, id, kind, created, CAST(:deleted AS BIGINT) FROM resource
WHERE contract = :contract AND id IN (SELECT id FROM inside)

-- name: references_bury
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
DELETE FROM reference WHERE contract = :contract AND source IN (SELECT id FROM inside)

-- name: allocations_bury
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
DELETE FROM allocation WHERE contract = :contract AND resource IN (SELECT id FROM inside)

-- name: secrets_bury
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
DELETE FROM secret WHERE contract = :contract AND resource IN (SELECT id FROM inside)

-- name: shares_bury
DELETE FROM share WHERE contract = :contract AND resource = :id

-- name: remove
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
DELETE FROM resource WHERE contract = :contract AND id IN (SELECT id FROM inside)

-- name: hindrances
WITH RECURSIVE inside(id) AS (
    SELECT id FROM resource WHERE contract = :contract AND id = :id
    UNION ALL
    SELECT resource.id FROM resource JOIN inside ON resource.parent = inside.id
    WHERE resource.contract = :contract AND resource.parent <> ''
)
SELECT reference.source, reference.field, reference.target, resource.kind FROM reference
  JOIN resource ON resource.contract = reference.contract AND resource.id = reference.source
WHERE reference.contract = :contract
  AND reference.target IN (SELECT id FROM inside) AND reference.source NOT IN (SELECT id FROM inside)
  AND NOT resource.deleting
ORDER BY reference.source LIMIT 10

-- name: reference_add
INSERT INTO reference (contract, source, field, target) VALUES (:contract, :source, :field, :target)
ON CONFLICT DO NOTHING

-- name: references_drop
DELETE FROM reference WHERE contract = :contract AND source = :source

-- name: referrers
SELECT source, field FROM reference WHERE contract = :contract AND target = :target ORDER BY source, field

-- name: allocate
INSERT INTO allocation (pool, value, contract, resource) VALUES (:pool, :value, :contract, :resource)
ON CONFLICT DO NOTHING

-- name: count_up
INSERT INTO counter (contract, name, value) VALUES (:contract, :name, :step)
ON CONFLICT (contract, name) DO UPDATE SET value = counter.value + excluded.value
RETURNING value

-- name: count_at_least
INSERT INTO counter (contract, name, value) VALUES (:contract, :name, :value)
ON CONFLICT (contract, name) DO UPDATE SET
    value = CASE WHEN excluded.value > counter.value THEN excluded.value ELSE counter.value END

-- name: release
DELETE FROM allocation WHERE contract = :contract AND resource = :resource AND value = :value

-- name: referring
SELECT resource.ordinal, resource.contract, resource.id, resource.kind, resource.parent, resource.root,
       resource.lineage, resource.region, resource.shape, resource.revision, resource.reached,
       resource.version, resource.state, resource.pending, resource.deleting, resource.created,
       resource.created_by, resource.created_by_id, resource.modified, resource.modified_by,
       resource.modified_by_id, resource.desired, resource.internal, resource.observed
FROM reference JOIN resource ON resource.contract = reference.contract AND resource.id = reference.source
WHERE reference.contract = :contract AND reference.target = :target AND reference.field = :field
ORDER BY resource.ordinal

-- name: use
INSERT INTO usage (contract, metric, amount) VALUES (:contract, :metric, :amount)
ON CONFLICT (contract, metric) DO UPDATE SET amount = usage.amount + excluded.amount
RETURNING amount

-- name: count_inside
SELECT COUNT(*) FROM resource WHERE contract = :contract AND kind = :kind AND parent = :parent

-- name: usage
SELECT metric, amount FROM usage WHERE contract = :contract

-- name: secret_put
INSERT INTO secret (contract, resource, field, value) VALUES (:contract, :resource, :field, :value)
ON CONFLICT (contract, resource, field) DO UPDATE SET value = excluded.value

-- name: event_add
INSERT INTO event (contract, at, actor, actor_name, address, request_id, action, kind, resource, revision)
VALUES (:contract, :at, :actor, :actor_name, :address, :request_id, :action, :kind, :resource, :revision)

-- name: contract_limits
SELECT limits FROM contract WHERE number = :contract
