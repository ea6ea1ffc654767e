-- name: key
SELECT s3_key.secret, s3_key.contract, s3_key.user_id, user_account.email, membership.role,
       contract.owner, contract.faults, contract.settings
FROM s3_key
JOIN user_account ON user_account.id = s3_key.user_id
JOIN contract ON contract.number = s3_key.contract
JOIN membership ON membership.user_id = s3_key.user_id AND membership.contract = s3_key.contract
WHERE s3_key.id = :id AND s3_key.active AND user_account.active AND contract.status = 'BILLABLE'

-- name: person
SELECT user_account.email
FROM user_account JOIN membership ON membership.user_id = user_account.id
WHERE user_account.id = :user AND membership.contract = :contract

-- name: people_by_email
SELECT user_account.id, membership.contract
FROM user_account JOIN membership ON membership.user_id = user_account.id
WHERE user_account.email = :email ORDER BY membership.contract

-- name: bucket
SELECT ordinal, name, region, kind, contract, owner, owner_name, created, revision, versioning, locked, acl, configs
FROM s3_bucket WHERE name = :name

-- name: bucket_lock [sqlite]
SELECT revision, versioning, locked, (SELECT CAST(settings ->> 'objectStorageQuota' AS BIGINT) FROM contract
    WHERE number = s3_bucket.contract) FROM s3_bucket WHERE ordinal = :bucket

-- name: bucket_lock [postgresql]
SELECT revision, versioning, locked, (SELECT CAST(settings ->> 'objectStorageQuota' AS BIGINT) FROM contract
    WHERE number = s3_bucket.contract) FROM s3_bucket WHERE ordinal = :bucket FOR SHARE

-- name: bucket_own [sqlite]
SELECT revision, versioning, locked, configs FROM s3_bucket WHERE ordinal = :bucket

-- name: bucket_own [postgresql]
SELECT revision, versioning, locked, configs FROM s3_bucket WHERE ordinal = :bucket FOR UPDATE

-- name: buckets
SELECT name, region, created FROM s3_bucket
WHERE owner = :owner OR (kind = 'contract' AND contract = :contract)

-- name: bucket_count
SELECT COUNT(*) FROM s3_bucket WHERE kind = :kind AND (owner = :owner OR (:kind = 'contract' AND contract = :contract))

-- name: bucket_add
INSERT INTO s3_bucket (name, region, kind, contract, owner, owner_name, created, revision, versioning, locked, acl, configs)
VALUES (:name, :region, :kind, :contract, :owner, :owner_name, :created, 1, :versioning, :locked, :acl, :configs)

-- name: bucket_acl
UPDATE s3_bucket SET acl = :acl, revision = revision + 1 WHERE ordinal = :bucket

-- name: bucket_versioning
UPDATE s3_bucket SET versioning = :versioning, locked = :locked, revision = revision + 1 WHERE ordinal = :bucket

-- name: bucket_configs
UPDATE s3_bucket SET configs = :configs, revision = revision + 1 WHERE ordinal = :bucket

-- name: bucket_drop
DELETE FROM s3_bucket WHERE ordinal = :bucket

-- name: any_version
SELECT 1 FROM s3_version WHERE bucket = :bucket LIMIT 1

-- name: usage_count [sqlite]
INSERT INTO s3_usage (bucket, slot, versions, size) VALUES (:bucket, 0, :versions, :size)
ON CONFLICT (bucket, slot) DO UPDATE SET versions = versions + excluded.versions, size = size + excluded.size

-- name: usage_count [postgresql]
INSERT INTO s3_usage (bucket, slot, versions, size) VALUES (:bucket, pg_backend_pid() % 64, :versions, :size)
ON CONFLICT (bucket, slot) DO UPDATE
SET versions = s3_usage.versions + excluded.versions, size = s3_usage.size + excluded.size

-- name: usage
SELECT COALESCE(SUM(versions), 0), COALESCE(SUM(size), 0) FROM s3_usage WHERE bucket = :bucket

-- name: usage_of_contract
SELECT COALESCE(SUM(u.size), 0) FROM s3_usage u JOIN s3_bucket b ON b.ordinal = u.bucket WHERE b.contract = :contract

-- name: usages
SELECT b.name, b.contract, CAST(COALESCE(SUM(u.versions), 0) AS BIGINT), CAST(COALESCE(SUM(u.size), 0) AS BIGINT)
FROM s3_bucket b LEFT JOIN s3_usage u ON u.bucket = b.ordinal GROUP BY b.name, b.contract ORDER BY b.name

-- name: usage_drop
DELETE FROM s3_usage WHERE bucket = :bucket

-- name: quota
SELECT CAST(settings ->> 'objectStorageQuota' AS BIGINT) FROM contract WHERE number = :contract

-- name: key_lock
SELECT pg_advisory_xact_lock(CAST(:bucket AS INTEGER), CAST(:hash AS INTEGER))

-- name: latest
SELECT place, version, latest, marker, size, etag, modified, owner, owner_name, head, acl, tags, lock_mode, lock_until,
       hold, inline, parts
FROM s3_version WHERE bucket = :bucket AND key = :key AND latest

-- name: version
SELECT place, version, latest, marker, size, etag, modified, owner, owner_name, head, acl, tags, lock_mode, lock_until,
       hold, inline, parts
FROM s3_version WHERE bucket = :bucket AND key = :key AND version = :version

-- name: first_place
SELECT place FROM s3_version WHERE bucket = :bucket AND key = :key ORDER BY place LIMIT 1

-- name: no_longer_latest
UPDATE s3_version SET latest = false WHERE bucket = :bucket AND key = :key AND latest

-- name: first_is_latest
UPDATE s3_version SET latest = true WHERE bucket = :bucket AND key = :key AND NOT latest
  AND place = (SELECT MIN(place) FROM s3_version WHERE bucket = :bucket AND key = :key)

-- name: version_add
INSERT INTO s3_version (bucket, key, place, version, latest, marker, size, etag, modified, owner, owner_name, head, acl,
    tags, lock_mode, lock_until, hold, inline, parts)
VALUES (:bucket, :key, :place, :version, true, :marker, :size, :etag, :modified, :owner, :owner_name, :head, :acl,
    :tags, :lock_mode, :lock_until, :hold, :inline, :parts)

-- name: version_drop
DELETE FROM s3_version WHERE bucket = :bucket AND key = :key AND version = :version RETURNING parts, size, marker

-- name: version_acl
UPDATE s3_version SET acl = :acl WHERE bucket = :bucket AND key = :key AND place = :place

-- name: version_tags
UPDATE s3_version SET tags = :tags WHERE bucket = :bucket AND key = :key AND place = :place

-- name: version_lock
UPDATE s3_version SET lock_mode = :mode, lock_until = :until WHERE bucket = :bucket AND key = :key AND place = :place

-- name: version_hold
UPDATE s3_version SET hold = :hold WHERE bucket = :bucket AND key = :key AND place = :place

-- name: list_latest
SELECT key, size, etag, modified, owner, owner_name, head FROM s3_version
WHERE bucket = :bucket AND key >= :start AND (:stop IS NULL OR key < :stop) AND latest AND NOT marker
ORDER BY key LIMIT :most

-- name: list_latest [postgresql]
SELECT key, size, etag, modified, owner, owner_name, head FROM s3_version
WHERE bucket = :bucket AND key >= :start AND (CAST(:stop AS BYTEA) IS NULL OR key < CAST(:stop AS BYTEA))
  AND latest AND NOT marker
ORDER BY key LIMIT :most

-- name: list_versions
SELECT key, place, version, latest, marker, size, etag, modified, owner, owner_name, head FROM s3_version
WHERE bucket = :bucket AND key >= :start AND (key > :start OR place > :place)
  AND (:stop IS NULL OR key < :stop)
ORDER BY key, place LIMIT :most

-- name: list_versions [postgresql]
SELECT key, place, version, latest, marker, size, etag, modified, owner, owner_name, head FROM s3_version
WHERE bucket = :bucket AND key >= :start AND (key > :start OR place > :place)
  AND (CAST(:stop AS BYTEA) IS NULL OR key < CAST(:stop AS BYTEA))
ORDER BY key, place LIMIT :most

-- name: place_of
SELECT place FROM s3_version WHERE bucket = :bucket AND key = :key AND version = :version

-- name: upload_add
INSERT INTO s3_upload (id, bucket, key, started, owner, owner_name, draft, done)
VALUES (:id, :bucket, :key, :started, :owner, :owner_name, :draft, '')

-- name: upload
SELECT id, key, started, owner, owner_name, draft, done FROM s3_upload WHERE id = :id AND bucket = :bucket AND key = :key

-- name: upload_lock [sqlite]
SELECT id, key, started, owner, owner_name, draft, done FROM s3_upload WHERE id = :id AND bucket = :bucket AND key = :key

-- name: upload_lock [postgresql]
SELECT id, key, started, owner, owner_name, draft, done FROM s3_upload WHERE id = :id AND bucket = :bucket AND key = :key
FOR UPDATE

-- name: upload_done
UPDATE s3_upload SET done = :done WHERE id = :id

-- name: upload_drop
DELETE FROM s3_upload WHERE id = :id

-- name: uploads
SELECT id, key, started, owner, owner_name, draft FROM s3_upload
WHERE bucket = :bucket AND done = '' AND key >= :start AND (key > :start OR id > :after) ORDER BY key, id LIMIT :most

-- name: uploads_drop
DELETE FROM s3_upload WHERE bucket = :bucket

-- name: parts_drop_of_bucket
DELETE FROM s3_part WHERE upload IN (SELECT id FROM s3_upload WHERE bucket = :bucket) RETURNING blobs

-- name: part_put
INSERT INTO s3_part (upload, number, etag, size, modified, checksum, blobs)
VALUES (:upload, :number, :etag, :size, :modified, :checksum, :blobs)

-- name: part_drop
DELETE FROM s3_part WHERE upload = :upload AND number = :number RETURNING blobs, size

-- name: parts
SELECT number, etag, size, modified, checksum, blobs FROM s3_part
WHERE upload = :upload AND number > :after ORDER BY number LIMIT :most

-- name: parts_drop
DELETE FROM s3_part WHERE upload = :upload RETURNING blobs, size

-- name: drop_parts
DELETE FROM s3_part WHERE upload IN (SELECT s3_upload.id FROM s3_upload JOIN s3_bucket
    ON s3_bucket.ordinal = s3_upload.bucket WHERE s3_bucket.contract = :contract)

-- name: drop_uploads
DELETE FROM s3_upload WHERE bucket IN (SELECT ordinal FROM s3_bucket WHERE contract = :contract)

-- name: drop_versions
DELETE FROM s3_version WHERE bucket IN (SELECT ordinal FROM s3_bucket WHERE contract = :contract)

-- name: drop_usages
DELETE FROM s3_usage WHERE bucket IN (SELECT ordinal FROM s3_bucket WHERE contract = :contract)

-- name: drop_buckets
DELETE FROM s3_bucket WHERE contract = :contract

-- name: version_blobs
SELECT bucket, key, place, parts FROM s3_version WHERE (bucket, key, place) > (:bucket, :key, :place)
ORDER BY bucket, key, place LIMIT :most

-- name: part_blobs
SELECT upload, number, blobs FROM s3_part WHERE (upload, number) > (:upload, :number)
ORDER BY upload, number LIMIT :most

-- name: scrub
SELECT v.bucket, v.key, v.place, b.name, v.version, v.etag, v.size, v.head, v.inline, v.parts
FROM s3_version v JOIN s3_bucket b ON b.ordinal = v.bucket
WHERE (v.bucket, v.key, v.place) > (:bucket, :key, :place) AND NOT v.marker
ORDER BY v.bucket, v.key, v.place LIMIT :most

-- name: scrub_parts
SELECT p.upload, p.number, b.name, u.key, p.etag, p.size, u.draft, p.blobs
FROM s3_part p JOIN s3_upload u ON u.id = p.upload JOIN s3_bucket b ON b.ordinal = u.bucket
WHERE (p.upload, p.number) > (:upload, :number) ORDER BY p.upload, p.number LIMIT :most

-- name: stale_uploads
DELETE FROM s3_upload WHERE done <> '' AND started < :before

-- name: wrapping_key
SELECT value FROM secret WHERE contract = :contract AND resource = :resource AND field = :field

-- name: wrapping_key_claim
INSERT INTO secret (contract, resource, field, value) VALUES (:contract, :resource, :field, :value)
ON CONFLICT DO NOTHING

-- name: lifecycle_buckets
SELECT b.ordinal, b.name, b.region, b.kind, b.contract, b.owner, b.owner_name, b.created, b.revision, b.versioning,
       b.locked, b.acl, b.configs, clock_wall, clock_world, clock_scale
FROM s3_bucket b JOIN contract ON contract.number = b.contract
WHERE CAST(b.configs AS TEXT) LIKE '%"lifecycle":%' ORDER BY b.ordinal

-- name: lifecycle_page
SELECT key, place, version, latest, marker, size, modified, tags FROM s3_version
WHERE bucket = :bucket AND key >= :start AND (key > :start OR place > :place)
ORDER BY key, place LIMIT :most

-- name: newer_count
SELECT COUNT(*) FROM s3_version WHERE bucket = :bucket AND key = :key AND place < :place AND NOT latest

-- name: log_add
INSERT INTO s3_log (bucket, target, prefix, line, owner, day)
VALUES (:bucket, :target, :prefix, :line, :owner, :day)

-- name: log_groups
SELECT DISTINCT bucket, target, prefix, owner, day FROM s3_log

-- name: log_take [sqlite]
DELETE FROM s3_log WHERE ordinal IN (
    SELECT ordinal FROM s3_log WHERE bucket = :bucket AND target = :target AND prefix = :prefix AND day = :day
    ORDER BY ordinal LIMIT :most)
RETURNING ordinal, line

-- name: log_take [postgresql]
DELETE FROM s3_log WHERE ordinal IN (
    SELECT ordinal FROM s3_log WHERE bucket = :bucket AND target = :target AND prefix = :prefix AND day = :day
    ORDER BY ordinal LIMIT :most FOR UPDATE SKIP LOCKED)
RETURNING ordinal, line

-- name: drop_logs
DELETE FROM s3_log WHERE bucket IN (SELECT ordinal FROM s3_bucket WHERE contract = :contract)

-- name: replica_add
INSERT INTO s3_replica (bucket, key, version) VALUES (:bucket, :key, :version)

-- name: replica_next
SELECT r.ordinal, r.key, r.version, b.ordinal, b.name, b.region, b.kind, b.contract, b.owner, b.owner_name, b.created,
       b.revision, b.versioning, b.locked, b.acl, b.configs
FROM s3_replica r JOIN s3_bucket b ON b.ordinal = r.bucket
WHERE r.ordinal > :after AND NOT EXISTS (SELECT 1 FROM s3_replica earlier
    WHERE earlier.bucket = r.bucket AND earlier.key = r.key AND earlier.ordinal < r.ordinal)
ORDER BY r.ordinal LIMIT 1

-- name: replica_drop
DELETE FROM s3_replica WHERE ordinal = :ordinal RETURNING ordinal

-- name: replicas_drop_of_bucket
DELETE FROM s3_replica WHERE bucket = :bucket

-- name: drop_replicas
DELETE FROM s3_replica WHERE bucket IN (SELECT ordinal FROM s3_bucket WHERE contract = :contract)

-- name: version_head
UPDATE s3_version SET head = :head WHERE bucket = :bucket AND key = :key AND version = :version
