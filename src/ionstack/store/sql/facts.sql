-- name: digest
SELECT value FROM setting WHERE name = 'facts'

-- name: digest_put
INSERT INTO setting (name, value) VALUES ('facts', :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: put
INSERT INTO resource (contract, id, kind, parent, root, lineage, region, shape, state,
    created, created_by, created_by_id, modified, modified_by, modified_by_id, desired)
VALUES (:contract, :id, :kind, '', :id, '', '', :shape, :state, :created, :maker, :maker_id, :created, :maker,
    :maker_id, :desired)
ON CONFLICT (contract, id) DO UPDATE SET
    desired = excluded.desired, shape = excluded.shape, version = resource.version + 1

-- name: remove
DELETE FROM resource WHERE contract = 0 AND id = :id AND kind = :kind

-- name: anywhere
SELECT 1 FROM resource WHERE id = :id AND kind = :kind LIMIT 1

-- name: located
SELECT kind, contract, id FROM resource WHERE contract <> 0 AND (desired ->> 'location') = :location LIMIT 1

-- name: remove_located
DELETE FROM resource WHERE contract = 0 AND (desired ->> 'location') = :location
