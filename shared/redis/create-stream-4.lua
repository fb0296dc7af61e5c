-- Registers a stream with its ring and its reservation, or refuses it, in one step.
-- KEYS     1 hash of streams: id → DesiredStream as JSON │ 2 hash of reservations │ 3 its history │ 4 the audit
-- ARGV     1 id │ 2 record as JSON, without its ring │ 3 slots in the slab │ 4 rows in the slab │ 5 slots wanted
--          6 reservation as JSON, without `own` and `expiresAtMs`; empty reserves nothing │ 7 its `own` │ 8 limits
--          9 line of history as JSON; empty for none │ 10 lines that a history keeps │ 11 that the audit keeps
-- Returns  {"created", record}  │ {"exists"} │ {"full", free slots, free rows} │ {"refused", resource, asked, free, limit}
-- include ledger
-- include history
-- include ring
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 'exists' } end

local takenSlots, takenRows = takenBy(KEYS[1], '')
local wanted = tonumber(ARGV[5])
local slots, freeSlots = chooseSlots(takenSlots, {}, wanted, tonumber(ARGV[3]))
local row, freeRows = nil, 0
for candidate = 0, tonumber(ARGV[4]) - 1 do
  if not takenRows[candidate] then
    freeRows = freeRows + 1
    row = row or candidate
  end
end
if #slots < wanted or not row then return { 'full', freeSlots, freeRows } end

if ARGV[6] ~= '' then
  local recorded, refusal = reserve(KEYS[2], ARGV[6], ARGV[7], ARGV[8], 0, false)
  if not recorded then return refusal end
end
local record = withRing(ARGV[2], row, slots)
redis.call('HSET', KEYS[1], ARGV[1], record)
note(KEYS[3], KEYS[4], ARGV[9], ARGV[10], ARGV[11])
return { 'created', record }
