-- Records one reservation, or refuses it.
-- KEYS     1 hash of reservations: holder → Reservation as JSON
-- ARGV     1 reservation as JSON, without `own` and `expiresAtMs` │ 2 its `own` │ 3 limits │ 4 time to live in ms; 0 for good
--          5 "fact" records it whatever the limits
-- Returns  {"reserved", reservation} │ {"refused", resource, asked, free, limit}
-- include ledger
local recorded, refusal = reserve(KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == 'fact')
if not recorded then return refusal end
return { 'reserved', recorded }
