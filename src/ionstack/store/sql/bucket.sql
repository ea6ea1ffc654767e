-- name: slice [postgresql]
INSERT INTO rate_bucket AS bucket (name, full_at, granted) VALUES (:name, :first, :wanted)
ON CONFLICT (name) DO UPDATE SET
    granted = GREATEST(0, LEAST(:wanted, (:latest - GREATEST(bucket.full_at - :returned, :now)) / :interval)),
    full_at = GREATEST(bucket.full_at - :returned, :now) + :interval
        * GREATEST(0, LEAST(:wanted, (:latest - GREATEST(bucket.full_at - :returned, :now)) / :interval))
RETURNING full_at, granted

-- name: slice [sqlite]
INSERT INTO rate_bucket AS bucket (name, full_at, granted) VALUES (:name, :first, :wanted)
ON CONFLICT (name) DO UPDATE SET
    granted = MAX(0, MIN(:wanted, (:latest - MAX(bucket.full_at - :returned, :now)) / :interval)),
    full_at = MAX(bucket.full_at - :returned, :now) + :interval
        * MAX(0, MIN(:wanted, (:latest - MAX(bucket.full_at - :returned, :now)) / :interval))
RETURNING full_at, granted

-- name: sweep
DELETE FROM rate_bucket WHERE full_at < :now
