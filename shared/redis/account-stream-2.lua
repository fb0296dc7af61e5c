-- Makes the reservation of a registered stream what it costs by what is known now, whatever the limits.
-- KEYS     1 hash of streams: id → DesiredStream as JSON │ 2 hash of reservations
-- ARGV     1 id │ 2 revision that was read; -1 where there was none │ 3 reservation as JSON, without `own` and `expiresAtMs`
--          4 its `own` │ 5 limits
-- Returns  "accounted" │ "freed": it is not registered, or paused and nothing was given │ "changed": by somebody since it was read
-- include ledger
local json = redis.call('HGET', KEYS[1], ARGV[1])
local stream = json and cjson.decode(json)
if not stream or (not stream.enabled and ARGV[3] == '') then
  redis.call('HDEL', KEYS[2], 'stream:' .. ARGV[1])
  return 'freed'
end
if stream.revision ~= tonumber(ARGV[2]) then return 'changed' end
reserve(KEYS[2], ARGV[3], ARGV[4], ARGV[5], 0, true)
return 'accounted'
