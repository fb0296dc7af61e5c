-- Replaces a stream's record if nobody changed it since it was read.
-- KEYS[1]  hash of streams: id → DesiredStream as JSON
-- ARGV     1 id │ 2 revision that was read │ 3 new record as JSON
-- Returns  "updated" │ "missing" │ "changed"
local json = redis.call('HGET', KEYS[1], ARGV[1])
if not json then return 'missing' end
if cjson.decode(json).revision ~= tonumber(ARGV[2]) then return 'changed' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'updated'
