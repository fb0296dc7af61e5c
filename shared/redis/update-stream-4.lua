-- Replaces a stream's record, ring and reservation in one step, if nobody changed the record since it was read.
-- KEYS     1 hash of streams: id → DesiredStream as JSON │ 2 hash of reservations │ 3 its history │ 4 the audit
-- ARGV     1 id │ 2 revision that was read │ 3 new record as JSON, without its ring │ 4 slots in the slab │ 5 slots wanted
--          6 reservation as JSON, without `own` and `expiresAtMs`; empty frees what it has │ 7 its `own` │ 8 limits
--          9 "fact" records the reservation whatever the limits │ 10 line of history as JSON; empty for none
--          11 lines that a history keeps │ 12 that the audit keeps
-- Returns  {"updated", record} │ {"missing"} │ {"changed"} │ {"full", free slots} │ {"refused", resource, asked, free, limit}
-- include ledger
-- include history
-- include ring
local json = redis.call('HGET', KEYS[1], ARGV[1])
if not json then return { 'missing' } end
local before = cjson.decode(json)
if before.revision ~= tonumber(ARGV[2]) then return { 'changed' } end

local wanted, slots = tonumber(ARGV[5]), before.ring.slots
if wanted ~= #slots then
  local free
  slots, free = chooseSlots(takenBy(KEYS[1], ARGV[1]), slots, wanted, tonumber(ARGV[4]))
  if #slots < wanted then return { 'full', free } end
end

if ARGV[6] == '' then
  redis.call('HDEL', KEYS[2], 'stream:' .. ARGV[1])
else
  local recorded, refusal = reserve(KEYS[2], ARGV[6], ARGV[7], ARGV[8], 0, ARGV[9] == 'fact')
  if not recorded then return refusal end
end
local record = withRing(ARGV[3], before.ring.row, slots)
redis.call('HSET', KEYS[1], ARGV[1], record)
note(KEYS[3], KEYS[4], ARGV[10], ARGV[11], ARGV[12])
return { 'updated', record }
