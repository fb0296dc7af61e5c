-- Registers a stream and reserves its ring, or refuses, in one step.
-- KEYS[1]  hash of streams: id → DesiredStream as JSON
-- ARGV     1 id │ 2 record as JSON, without its ring │ 3 slots in the slab │ 4 rows in the slab │ 5 slots wanted
-- Returns  {"created", record}  │ {"exists"} │ {"full", free slots, free rows}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return { 'exists' } end

local usedSlots, usedRows = {}, {}
for _, json in ipairs(redis.call('HVALS', KEYS[1])) do
  local ring = cjson.decode(json).ring
  usedRows[ring.row] = true
  for _, slot in ipairs(ring.slots) do usedSlots[slot] = true end
end

local slots, freeSlots, row, freeRows = {}, 0, nil, 0
for slot = 0, tonumber(ARGV[3]) - 1 do
  if not usedSlots[slot] then
    freeSlots = freeSlots + 1
    if #slots < tonumber(ARGV[5]) then slots[#slots + 1] = slot end
  end
end
for candidate = 0, tonumber(ARGV[4]) - 1 do
  if not usedRows[candidate] then
    freeRows = freeRows + 1
    row = row or candidate
  end
end
if #slots < tonumber(ARGV[5]) or not row then return { 'full', freeSlots, freeRows } end

-- The ring is put in as text: cjson would write numbers and empty lists of the rest of the record its own way.
local record = string.sub(ARGV[2], 1, -2) .. ',"ring":' .. cjson.encode({ row = row, slots = slots }) .. '}'
redis.call('HSET', KEYS[1], ARGV[1], record)
return { 'created', record }
