-- name: add
INSERT INTO fault (contract, method, path, skip, remaining, effect)
VALUES (:contract, :method, :path, :skip, :remaining, :effect)
RETURNING seq

-- name: all
SELECT seq, contract, method, path, skip, remaining, effect FROM fault ORDER BY seq

-- name: of_contract
SELECT seq, contract, method, path, skip, remaining, effect FROM fault WHERE contract = :contract ORDER BY seq

-- name: contract_of
SELECT contract FROM fault WHERE seq = :seq

-- name: passed
UPDATE fault SET skip = skip - 1 WHERE seq = :seq

-- name: used
UPDATE fault SET remaining = remaining - 1 WHERE seq = :seq

-- name: remove
DELETE FROM fault WHERE seq = :seq

-- name: clear
DELETE FROM fault WHERE contract = :contract

-- name: count
UPDATE contract SET faults = (SELECT COUNT(*) FROM fault WHERE fault.contract = contract.number),
    auth_epoch = auth_epoch + 1
WHERE number = :contract
