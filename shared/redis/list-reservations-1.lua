-- The reservations in force, by the clock of Redis; those that lapsed are removed.
-- KEYS     1 hash of reservations: holder → Reservation as JSON
-- Returns  each as JSON
-- include ledger
inForce(KEYS[1], '')
return redis.call('HVALS', KEYS[1])
