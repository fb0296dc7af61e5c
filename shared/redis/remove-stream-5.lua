-- Removes a stream with its ring, its reservation and its actual state in one step. Its history stays for a while.
-- KEYS     1 hash of streams │ 2 hash of reservations │ 3 its history │ 4 the audit │ 5 its actual state
-- ARGV     1 id │ 2 line of history as JSON; empty for none │ 3 lines that a history keeps │ 4 that the audit keeps
--          5 seconds that the history stays
-- Returns  1 removed │ 0 there is none
-- include history
local removed = redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], 'stream:' .. ARGV[1])
redis.call('DEL', KEYS[5])
if removed == 1 then
  note(KEYS[3], KEYS[4], ARGV[2], ARGV[3], ARGV[4])
  redis.call('EXPIRE', KEYS[3], ARGV[5])
end
return removed
