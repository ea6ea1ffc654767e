-- name: all
SELECT seq, contract, at, actor, actor_name, address, request_id, action, kind, resource, revision
FROM event
WHERE seq < :before AND at >= :since AND at < :until
  AND (:user = '' OR actor = :user OR actor_name = :user) AND (:action = '' OR action = :action)
  AND (:kind = '' OR kind = :kind) AND (:resource = '' OR resource = :resource)
  AND (:request = '' OR request_id = :request)
ORDER BY seq DESC LIMIT :most

-- name: of_contract
SELECT seq, contract, at, actor, actor_name, address, request_id, action, kind, resource, revision
FROM event
WHERE contract = :contract AND seq < :before AND at >= :since AND at < :until
  AND (:user = '' OR actor = :user OR actor_name = :user) AND (:action = '' OR action = :action)
  AND (:kind = '' OR kind = :kind) AND (:resource = '' OR resource = :resource)
  AND (:request = '' OR request_id = :request)
ORDER BY seq DESC LIMIT :most

-- name: eldest
SELECT seq, at FROM event ORDER BY seq LIMIT :most

-- name: drop_until
DELETE FROM event WHERE seq <= :seq

-- name: drop_refusals
DELETE FROM event
WHERE action = 'refuse'
  AND seq <= (SELECT seq FROM event WHERE action = 'refuse' ORDER BY seq DESC LIMIT 1 OFFSET :most)
