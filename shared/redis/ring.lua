-- Slots and rows of the slab, included by the scripts that give rings to streams.

-- Sets of the slots and rows that streams have, without the stream `except`.
local function takenBy(key, except)
  local slots, rows = {}, {}
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if all[i] ~= except then
      local ring = cjson.decode(all[i + 1]).ring
      rows[ring.row] = true
      for _, slot in ipairs(ring.slots) do slots[slot] = true end
    end
  end
  return slots, rows
end

-- The first of `own` and then free ones, up to `wanted`; and how many there are that nobody else has.
local function chooseSlots(taken, own, wanted, slotCount)
  local slots, has, free = {}, {}, 0
  for _, slot in ipairs(own) do
    if #slots < wanted and slot < slotCount then
      slots[#slots + 1] = slot
      has[slot] = true
    end
  end
  for slot = 0, slotCount - 1 do
    if not taken[slot] then
      free = free + 1
      if #slots < wanted and not has[slot] then slots[#slots + 1] = slot end
    end
  end
  return slots, free
end

-- The ring is put in as text: cjson would write numbers and empty lists of the rest of the record its own way.
local function withRing(record, row, slots)
  return string.sub(record, 1, -2) .. ',"ring":' .. cjson.encode({ row = row, slots = slots }) .. '}'
end
