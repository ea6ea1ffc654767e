-- name: accounts
SELECT user_account.id, email, firstname, lastname, active, second_factor_active, second_factor_forced, role,
       created, created_by, created_by_id, modified, modified_by, modified_by_id, last_login
FROM membership JOIN user_account ON user_account.id = membership.user_id
WHERE membership.contract = :contract ORDER BY created, user_account.id

-- name: account
SELECT user_account.id, email, firstname, lastname, active, second_factor_active, second_factor_forced, role,
       created, created_by, created_by_id, modified, modified_by, modified_by_id, last_login
FROM membership JOIN user_account ON user_account.id = membership.user_id
WHERE membership.contract = :contract AND user_account.id = :id

-- name: lock [sqlite]
SELECT 1

-- name: lock [postgresql]
SELECT 1 FROM user_account WHERE id = :id FOR UPDATE

-- name: change
UPDATE user_account SET email = :email, firstname = :firstname, lastname = :lastname, active = :active,
    second_factor_forced = :forced, password = COALESCE(:password, password), modified = :modified,
    modified_by = :actor, modified_by_id = :actor_id, auth_epoch = auth_epoch + 1
WHERE id = :id

-- name: remove
DELETE FROM user_account WHERE id = :id

-- name: leave_groups
DELETE FROM group_member WHERE contract = :contract AND user_id = :user

-- name: s3_keys
SELECT id, user_id, secret, active, created, created_by, created_by_id, modified, modified_by, modified_by_id,
    resource, description
FROM s3_key WHERE contract = :contract AND user_id = :user ORDER BY created, id

-- name: s3_key_add
INSERT INTO s3_key (id, contract, user_id, secret, active, created, created_by, created_by_id, modified,
    modified_by, modified_by_id, resource, description)
VALUES (:id, :contract, :user, :secret, true, :created, :actor, :actor_id, :created, :actor, :actor_id, :resource,
    :description)

-- name: s3_key_change
UPDATE s3_key SET active = :active, modified = :modified, modified_by = :actor, modified_by_id = :actor_id
WHERE contract = :contract AND id = :id

-- name: s3_key_describe
UPDATE s3_key SET description = :description, modified = :modified, modified_by = :actor, modified_by_id = :actor_id
WHERE contract = :contract AND id = :id

-- name: s3_key_renew
UPDATE s3_key SET secret = :secret, modified = :modified, modified_by = :actor, modified_by_id = :actor_id
WHERE contract = :contract AND id = :id

-- name: s3_key_drop
DELETE FROM s3_key WHERE contract = :contract AND id = :id

-- name: s3_keys_drop
DELETE FROM s3_key WHERE contract = :contract AND user_id = :user
