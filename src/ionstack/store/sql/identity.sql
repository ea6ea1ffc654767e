-- name: auth_epochs
SELECT u.auth_epoch,c.auth_epoch,faults,clock_wall,clock_world,clock_scale FROM user_account u,contract c
WHERE u.id=:user AND number=:contract

-- name: auth_state
SELECT email, password, active, second_factor_active, second_factor_forced, user_account.auth_epoch,
       status, master, contract.auth_epoch, settings, clock_wall, clock_world, clock_scale, faults,
       (SELECT role FROM membership WHERE user_id = user_account.id AND membership.contract = number),
       (SELECT role FROM membership JOIN contract AS reseller ON reseller.number = membership.contract
            WHERE user_id = user_account.id AND membership.contract = contract.master
            AND role IN ('owner', 'administrator') AND reseller.status = 'BILLABLE'),
       (SELECT expires FROM token WHERE token.id = :token AND user_id = user_account.id)
FROM user_account LEFT JOIN contract ON number = :contract
WHERE user_account.id = :user

-- name: user_add
INSERT INTO user_account (id, email, firstname, lastname, password, second_factor_forced, created,
    created_by, created_by_id)
VALUES (:id, :email, :firstname, :lastname, :password, :forced, :created, :actor, :actor_id)

-- name: user_get
SELECT id, email, firstname, lastname, password, active, second_factor_active, second_factor_forced,
       auth_epoch, created, last_login
FROM user_account WHERE id = :id

-- name: user_by_email
SELECT id, email, firstname, lastname, password, active, second_factor_active, second_factor_forced,
       auth_epoch, created, last_login
FROM user_account WHERE email = :email

-- name: user_password
UPDATE user_account SET password = :password, auth_epoch = auth_epoch + 1 WHERE id = :id

-- name: user_rehash
UPDATE user_account SET password = :password WHERE id = :id AND password = :stored

-- name: user_login
UPDATE user_account SET last_login = :now WHERE id = :id

-- name: user_active
UPDATE user_account SET active = :active, auth_epoch = auth_epoch + 1 WHERE id = :id

-- name: user_bump
UPDATE user_account SET auth_epoch = auth_epoch + 1 WHERE id = :id

-- name: users_drop_lonely
DELETE FROM user_account WHERE id IN (SELECT user_id FROM membership WHERE contract = :contract)
  AND NOT EXISTS (SELECT 1 FROM membership AS other
      WHERE other.user_id = user_account.id AND other.contract <> :contract)

-- name: users_bump_of
UPDATE user_account SET auth_epoch = auth_epoch + 1
WHERE id IN (SELECT user_id FROM membership WHERE contract = :contract)

-- name: second_factor
SELECT second_factor_secret, second_factor_active, second_factor_forced, second_factor_codes
FROM user_account WHERE id = :id

-- name: second_factor_enrol
UPDATE user_account SET second_factor_secret = :secret, second_factor_step = 0
WHERE id = :id AND NOT second_factor_active

-- name: second_factor_confirm
UPDATE user_account SET second_factor_active = true, second_factor_codes = :codes, auth_epoch = auth_epoch + 1
WHERE id = :id AND NOT second_factor_active

-- name: second_factor_take
UPDATE user_account SET second_factor_step = :step
WHERE id = :id AND second_factor_step < :step

-- name: second_factor_recover
UPDATE user_account SET second_factor_codes = :codes WHERE id = :id AND second_factor_codes = :before

-- name: second_factor_codes
UPDATE user_account SET second_factor_codes = :codes WHERE id = :id AND second_factor_active

-- name: second_factor_remove
UPDATE user_account SET second_factor_active = false, second_factor_secret = NULL, second_factor_step = 0,
    second_factor_codes = '', auth_epoch = auth_epoch + 1
WHERE id = :id

-- name: second_factor_force
UPDATE user_account SET second_factor_forced = :forced, auth_epoch = auth_epoch + 1 WHERE id = :id

-- name: membership_add
INSERT INTO membership (user_id, contract, role) VALUES (:user, :contract, :role)

-- name: membership_role
UPDATE membership SET role = :role WHERE user_id = :user AND contract = :contract

-- name: membership_drop
DELETE FROM membership WHERE user_id = :user AND contract = :contract

-- name: memberships
SELECT membership.contract, membership.role, contract.status
FROM membership JOIN contract ON contract.number = membership.contract
WHERE membership.user_id = :user ORDER BY membership.contract

-- name: members
SELECT user_account.id, user_account.email, membership.role
FROM membership JOIN user_account ON user_account.id = membership.user_id
WHERE membership.contract = :contract ORDER BY user_account.created, user_account.id

-- name: contract_add
INSERT INTO contract (number, name, status, owner, master, registration_domain, limits, settings, temporary,
    created)
VALUES (:number, :name, :status, :owner, :master, :registration_domain, :limits, :settings, :temporary,
    :created)

-- name: contract_get
SELECT contract.number, contract.name, contract.status, contract.owner, COALESCE(user_account.email, ''), contract.master,
       contract.registration_domain, contract.limits, contract.settings, contract.clock_wall,
       contract.clock_world, contract.clock_scale, contract.temporary, contract.created
FROM contract LEFT JOIN user_account ON user_account.id = contract.owner
WHERE contract.number = :number

-- name: contracts
SELECT contract.number, contract.name, contract.status, contract.owner, COALESCE(user_account.email, ''), contract.master,
       contract.registration_domain, contract.limits, contract.settings, contract.clock_wall,
       contract.clock_world, contract.clock_scale, contract.temporary, contract.created
FROM contract LEFT JOIN user_account ON user_account.id = contract.owner
ORDER BY contract.number

-- name: contract_lock [sqlite]
SELECT 1

-- name: contract_lock [postgresql]
SELECT 1 FROM contract WHERE number = :number FOR UPDATE

-- name: contract_owner
SELECT owner FROM contract WHERE number = :number

-- name: contract_settings
UPDATE contract SET settings = :settings, auth_epoch = auth_epoch + 1 WHERE number = :number

-- name: contract_limits
UPDATE contract SET limits = :limits WHERE number = :number

-- name: contract_status
UPDATE contract SET auth_epoch = auth_epoch + 1, status = CASE WHEN number = :number THEN :status ELSE status END
WHERE number = :number OR master = :number

-- name: contract_name
UPDATE contract SET name = :name WHERE number = :number

-- name: contract_master
UPDATE contract SET master = :master, auth_epoch = auth_epoch + 1 WHERE number = :number

-- name: contract_subs
SELECT count(*) FROM contract WHERE master = :number

-- name: contract_world
UPDATE contract SET clock_wall = :wall, clock_world = :world, clock_scale = :scale WHERE number = :number

-- name: world_forget
DELETE FROM contract_world WHERE contract = :contract AND wall >= :wall

-- name: world_add
INSERT INTO contract_world (contract, wall, world, scale) VALUES (:contract, :wall, :world, :scale)

-- name: worlds
SELECT wall, world, scale FROM contract_world WHERE contract = :contract ORDER BY wall

-- name: drop_worlds
DELETE FROM contract_world WHERE contract = :contract

-- name: drop_lane
DELETE FROM lane WHERE contract = :contract

-- name: drop_request
DELETE FROM request WHERE contract = :contract

-- name: drop_resource
DELETE FROM resource WHERE contract = :contract

-- name: drop_tombstone
DELETE FROM tombstone WHERE contract = :contract

-- name: drop_reference
DELETE FROM reference WHERE contract = :contract

-- name: drop_allocation
DELETE FROM allocation WHERE contract = :contract

-- name: drop_counter
DELETE FROM counter WHERE contract = :contract

-- name: drop_usage
DELETE FROM usage WHERE contract = :contract

-- name: drop_secret
DELETE FROM secret WHERE contract = :contract

-- name: drop_fault
DELETE FROM fault WHERE contract = :contract

-- name: drop_event
DELETE FROM event WHERE contract = :contract

-- name: drop_group
DELETE FROM user_group WHERE contract = :contract

-- name: drop_group_member
DELETE FROM group_member WHERE contract = :contract

-- name: drop_share
DELETE FROM share WHERE contract = :contract

-- name: drop_s3_key
DELETE FROM s3_key WHERE contract = :contract

-- name: drop_token
DELETE FROM token WHERE contract = :contract

-- name: drop_membership
DELETE FROM membership WHERE contract = :contract

-- name: drop_master
UPDATE contract SET master = NULL, auth_epoch = auth_epoch + 1 WHERE master = :contract

-- name: drop_contract
DELETE FROM contract WHERE number = :contract

-- name: token_add
INSERT INTO token (id, user_id, contract, created, expires)
VALUES (:id, :user, :contract, :created, :expires)

-- name: tokens
SELECT id, created, expires FROM token WHERE user_id = :user AND contract = :contract ORDER BY created, id

-- name: token_get
SELECT id, created, expires FROM token WHERE id = :id AND user_id = :user AND contract = :contract

-- name: token_drop
DELETE FROM token WHERE id = :id AND user_id = :user AND contract = :contract

-- name: token_drop_used
DELETE FROM token WHERE id = :id AND user_id = :user RETURNING contract

-- name: tokens_drop
DELETE FROM token WHERE user_id = :user AND contract = :contract AND expires <= :until RETURNING id

-- name: signing_key_add
INSERT INTO signing_key (id, private, public, created) VALUES (:id, :private, :public, :created)

-- name: signing_keys
SELECT id, private, public FROM signing_key ORDER BY created, id

-- name: setting_get
SELECT value FROM setting WHERE name = :name

-- name: setting_claim
INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING

-- name: setting_put
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value

-- name: secret_get
SELECT value FROM secret WHERE contract = :contract AND resource = :resource AND field = :field

-- name: secret_put
INSERT INTO secret (contract, resource, field, value) VALUES (:contract, :resource, :field, :value)
ON CONFLICT (contract, resource, field) DO UPDATE SET value = excluded.value

-- name: secret_drop
DELETE FROM secret WHERE contract = :contract AND resource = :resource AND field = :field

-- name: count_up
INSERT INTO counter (contract, name, value) VALUES (0, :name, 1)
ON CONFLICT (contract, name) DO UPDATE SET value = counter.value + 1
RETURNING value
