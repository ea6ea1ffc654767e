-- name: shown
SELECT contract.number, user_account.email, contract.status, contract.registration_domain, contract.limits
FROM contract JOIN user_account ON user_account.id = contract.owner
WHERE contract.number = :contract
