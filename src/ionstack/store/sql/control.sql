-- name: drop_resource_secrets
DELETE FROM secret
WHERE contract = :contract AND resource IN (SELECT id FROM resource WHERE resource.contract = :contract)

-- name: make_temporary
UPDATE contract SET temporary = true WHERE number = :contract

-- name: token_place
SELECT user_id, contract FROM token WHERE id = :id
