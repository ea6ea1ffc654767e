-- name: groups
SELECT id, name, privileges FROM user_group WHERE contract = :contract ORDER BY ordinal

-- name: group
SELECT id, name, privileges FROM user_group WHERE contract = :contract AND id = :id

-- name: lock [sqlite]
SELECT 1

-- name: lock [postgresql]
SELECT 1 FROM user_group WHERE contract = :contract AND id = :id FOR UPDATE

-- name: add
INSERT INTO user_group (contract, id, name, privileges) VALUES (:contract, :id, :name, :privileges)

-- name: change
UPDATE user_group SET name = :name, privileges = :privileges WHERE contract = :contract AND id = :id

-- name: remove
DELETE FROM user_group WHERE contract = :contract AND id = :id

-- name: bump_members
UPDATE user_account SET auth_epoch = auth_epoch + 1
WHERE id IN (SELECT user_id FROM group_member WHERE contract = :contract AND group_id = :id)

-- name: members
SELECT user_id FROM group_member WHERE contract = :contract AND group_id = :id

-- name: members_drop
DELETE FROM group_member WHERE contract = :contract AND group_id = :id

-- name: join
INSERT INTO group_member (contract, group_id, user_id) VALUES (:contract, :id, :user) ON CONFLICT DO NOTHING

-- name: leave
DELETE FROM group_member WHERE contract = :contract AND group_id = :id AND user_id = :user

-- name: of_user
SELECT user_group.id, name, privileges
FROM group_member JOIN user_group ON user_group.contract = group_member.contract AND id = group_id
WHERE group_member.contract = :contract AND user_id = :user ORDER BY ordinal

-- name: of_resource
SELECT user_group.id, name, privileges
FROM share JOIN user_group ON user_group.contract = share.contract AND id = group_id
WHERE share.contract = :contract AND resource = :resource ORDER BY ordinal

-- name: shares
SELECT resource, editable, sharable FROM share WHERE contract = :contract AND group_id = :id ORDER BY resource

-- name: share
SELECT resource, editable, sharable FROM share
WHERE contract = :contract AND group_id = :id AND resource = :resource

-- name: share_add
INSERT INTO share (contract, group_id, resource, editable, sharable)
VALUES (:contract, :id, :resource, :editable, :sharable)
ON CONFLICT DO NOTHING

-- name: share_change
UPDATE share SET editable = :editable, sharable = :sharable
WHERE contract = :contract AND group_id = :id AND resource = :resource

-- name: share_drop
DELETE FROM share WHERE contract = :contract AND group_id = :id AND resource = :resource

-- name: shares_drop
DELETE FROM share WHERE contract = :contract AND group_id = :id

-- name: shared_with
SELECT share.editable, share.sharable FROM share JOIN group_member
    ON group_member.contract = share.contract AND group_member.group_id = share.group_id
WHERE share.contract = :contract AND resource = :resource AND user_id = :user
