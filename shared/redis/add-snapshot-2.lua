-- Keeps a memory snapshot, and no more than there may be: the oldest go first.
-- KEYS: snapshot ids by time, snapshots
-- ARGV: id, time (ms), the snapshot as JSON, how many are kept
-- Returns the number of those that went.
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
local surplus = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
if surplus <= 0 then return 0 end
local oldest = redis.call('ZRANGE', KEYS[1], 0, surplus - 1)
redis.call('ZREM', KEYS[1], unpack(oldest))
redis.call('HDEL', KEYS[2], unpack(oldest))
return surplus
