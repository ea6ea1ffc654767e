-- name: count
SELECT substr(value, 2, 4), COUNT(*) FROM (
    SELECT value FROM secret
    UNION ALL SELECT secret FROM s3_key
    UNION ALL SELECT private FROM signing_key
    UNION ALL SELECT second_factor_secret FROM user_account WHERE second_factor_secret IS NOT NULL
) AS sealed
GROUP BY substr(value, 2, 4)

-- name: secret_elder
SELECT contract, resource, field, value FROM secret WHERE substr(value, 1, 5) <> :prefix LIMIT :most

-- name: secret_reseal
UPDATE secret SET value = :sealed
WHERE contract = :contract AND resource = :resource AND field = :field AND value = :elder

-- name: s3_key_elder
SELECT id, secret FROM s3_key WHERE substr(secret, 1, 5) <> :prefix LIMIT :most

-- name: s3_key_reseal
UPDATE s3_key SET secret = :sealed WHERE id = :id AND secret = :elder

-- name: signing_key_elder
SELECT id, private FROM signing_key WHERE substr(private, 1, 5) <> :prefix LIMIT :most

-- name: signing_key_reseal
UPDATE signing_key SET private = :sealed WHERE id = :id AND private = :elder

-- name: second_factor_elder
SELECT id, second_factor_secret FROM user_account
WHERE second_factor_secret IS NOT NULL AND substr(second_factor_secret, 1, 5) <> :prefix LIMIT :most

-- name: second_factor_reseal
UPDATE user_account SET second_factor_secret = :sealed WHERE id = :id AND second_factor_secret = :elder
