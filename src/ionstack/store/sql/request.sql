-- name: insert
INSERT INTO request (id, contract, created, created_by, created_by_id, method, url, headers, body,
    status, message, plan, step, due, finished)
VALUES (:id, :contract, :created, :actor, :actor_id, :method, :url, :headers, :body,
    :status, :message, :plan, :step, :due, :finished)
RETURNING seq

-- name: lane_add
INSERT INTO lane (contract, name, seq) VALUES (:contract, :name, :seq)

-- name: lane_drop
DELETE FROM lane WHERE seq = :seq

-- name: lane_taken
SELECT 1 FROM lane WHERE contract = :contract AND name = :name LIMIT 1

-- name: lanes
SELECT name FROM lane WHERE seq = :seq

-- name: get
SELECT seq, id, contract, created, created_by, created_by_id, method, url, headers, body, status, message,
       plan, step, version, due, attempt
FROM request WHERE contract = :contract AND id = :id

-- name: with_contract
SELECT request.seq, request.id, request.contract, request.created, request.created_by,
       request.created_by_id, request.method, request.url, request.headers, request.body, request.status,
       request.message, request.plan, request.step, request.version, request.due, request.attempt,
       contract.clock_wall, contract.clock_world, contract.clock_scale, contract.settings
FROM request JOIN contract ON contract.number = request.contract WHERE request.seq = :seq

-- name: claimable
SELECT request.seq FROM request JOIN contract ON contract.number = request.contract
WHERE request.status IN ('QUEUED', 'RUNNING')
  AND request.lease < :wall
  AND request.due <= contract.clock_world + (:wall - contract.clock_wall) * contract.clock_scale
  AND NOT EXISTS (
      SELECT 1 FROM lane AS mine JOIN lane AS other
        ON other.contract = mine.contract AND other.name = mine.name AND other.seq < mine.seq
      WHERE mine.seq = request.seq)
ORDER BY request.seq LIMIT :most

-- name: claimable [postgresql]
SELECT request.seq FROM request JOIN contract ON contract.number = request.contract
WHERE request.status IN ('QUEUED', 'RUNNING')
  AND request.lease < :wall
  AND request.due <= contract.clock_world + (:wall - contract.clock_wall) * contract.clock_scale
  AND NOT EXISTS (
      SELECT 1 FROM lane AS mine JOIN lane AS other
        ON other.contract = mine.contract AND other.name = mine.name AND other.seq < mine.seq
      WHERE mine.seq = request.seq)
ORDER BY request.seq LIMIT :most FOR UPDATE OF request SKIP LOCKED

-- name: lease
UPDATE request SET lease = :until, worker = :worker WHERE seq = :seq

-- name: take_over [sqlite]
UPDATE request SET lease = 0 WHERE status IN ('QUEUED', 'RUNNING') AND lease > 0

-- name: take_over [postgresql]
SELECT 1

-- name: renew
UPDATE request SET lease = :until WHERE seq = :seq AND worker = :worker AND lease > 0

-- name: held
SELECT 1 FROM request WHERE seq = :seq AND worker = :worker AND version = :version

-- name: held [postgresql]
SELECT 1 FROM request WHERE seq = :seq AND worker = :worker AND version = :version FOR UPDATE

-- name: progress
UPDATE request SET status = :status, step = :step, due = :due, attempt = :attempt, lease = 0,
    version = version + 1
WHERE seq = :seq

-- name: finish
UPDATE request SET status = :status, message = :message, step = :step, finished = :finished, lease = 0,
    version = version + 1
WHERE seq = :seq

-- name: next_due
SELECT MIN(contract.clock_wall + (request.due - contract.clock_world) / contract.clock_scale)
FROM request JOIN contract ON contract.number = request.contract
WHERE request.status IN ('QUEUED', 'RUNNING') AND contract.clock_scale > 0

-- name: open_count
SELECT status, COUNT(*) FROM request WHERE status IN ('QUEUED', 'RUNNING') GROUP BY status
