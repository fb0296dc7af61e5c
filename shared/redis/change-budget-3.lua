-- Replaces what an operator overrode of a device's budget, if nobody changed it since it was read.
-- KEYS     1 hash of overrides: device → JSON │ 2 the device's history │ 3 the audit
-- ARGV     1 device │ 2 overrides that were read; empty for none │ 3 new ones; empty for none
--          4 line of history as JSON │ 5 lines that a history keeps │ 6 that the audit keeps
-- Returns  1 replaced │ 0 somebody changed them
-- include history
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
end
note(KEYS[2], KEYS[3], ARGV[4], ARGV[5], ARGV[6])
return 1
