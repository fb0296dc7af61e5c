-- Sums and rule of the ledger, included by every script that reserves: usedOf, firmly, withinRoom, yielding and decide of shared/budget in Lua.
-- All amounts are whole numbers below 2^53, which Lua's doubles add exactly.
local resources =
  { 'deviceBytes', 'hostBytes', 'ringSlots', 'computePpm', 'decodePpm', 'pcieBytesPerSecond', 'streams' }

local function serverMs()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Holder → reservation of those that count on the device, and their texts. What lapsed is removed on the way.
local function inForce(key, device)
  local now, found, texts, all = serverMs(), {}, {}, redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local one = cjson.decode(all[i + 1])
    if type(one.expiresAtMs) == 'number' and one.expiresAtMs <= now then
      redis.call('HDEL', key, all[i])
    elseif one.device == device then
      found[one.holder] = one
      texts[one.holder] = all[i + 1]
    end
  end
  return found, texts
end

local function noAmounts()
  local amounts = {}
  for _, resource in ipairs(resources) do amounts[resource] = 0 end
  return amounts
end

local function usedOf(reservations)
  local used, shared = noAmounts(), {}
  for _, one in pairs(reservations) do
    for _, resource in ipairs(resources) do used[resource] = used[resource] + one.own[resource] end
    if one.model ~= cjson.null then
      local most = shared[one.model] or noAmounts()
      for _, resource in ipairs(resources) do
        most[resource] = math.max(most[resource], one.shared[resource])
      end
      shared[one.model] = most
    end
  end
  for _, most in pairs(shared) do
    for _, resource in ipairs(resources) do used[resource] = used[resource] + most[resource] end
  end
  return used
end

-- What of a reservation stands in the way of others.
local function firmly(one)
  if type(one.elastic) ~= 'table' then return one end
  local own = {}
  for resource, amount in pairs(one.own) do own[resource] = amount end
  for _, resource in ipairs(one.elastic) do own[resource] = 0 end
  return { model = one.model, own = own, shared = one.shared }
end

-- Of elastic resources `asked.own` becomes what is free beside the others; `others` is left as it was.
local function takeWithinRoom(asked, others, limits)
  if type(asked.elastic) ~= 'table' then return end
  local own = asked.own
  asked.own = noAmounts()
  others[asked.holder] = asked
  local beside = usedOf(others)
  others[asked.holder] = nil
  for _, resource in ipairs(asked.elastic) do
    local limit = limits[resource]
    if type(limit) == 'number' then
      own[resource] = math.min(own[resource], math.max(0, limit - beside[resource]))
    end
  end
  asked.own = own
end

-- The record's own amounts and its end are put in as text: cjson would round large numbers.
local function textOf(json, own, expiresAtMs)
  local parts = {}
  for _, resource in ipairs(resources) do
    parts[#parts + 1] = string.format('"%s":%.0f', resource, own[resource])
  end
  local expires = expiresAtMs and string.format('%.0f', expiresAtMs) or 'null'
  local last = ',"own":{' .. table.concat(parts, ',') .. '},"expiresAtMs":' .. expires .. '}'
  return string.sub(json, 1, -2) .. last
end

-- Takes from those of no declared rate what exceeds a limit now; the lowest priority gives first.
-- holders   everybody, with what is recorded just now │ texts   of those that may give
local function makeThemYield(key, holders, texts, limits)
  local used, elastic = usedOf(holders), {}
  for holder in pairs(texts) do
    if type(holders[holder].elastic) == 'table' then elastic[#elastic + 1] = holders[holder] end
  end
  table.sort(elastic, function(a, b)
    if a.priority ~= b.priority then return a.priority < b.priority end
    return a.holder < b.holder
  end)
  for _, one in ipairs(elastic) do
    local gave = false
    for _, resource in ipairs(one.elastic) do
      local limit = limits[resource]
      local gives = type(limit) == 'number' and math.min(one.own[resource], used[resource] - limit) or 0
      if gives > 0 then
        gave = true
        used[resource] = used[resource] - gives
        one.own[resource] = one.own[resource] - gives
      end
    end
    if gave then
      local json = string.gsub(texts[one.holder], ',"own":{[^}]*},"expiresAtMs":[^}]*}$', '}')
      local expiresAtMs = type(one.expiresAtMs) == 'number' and one.expiresAtMs or nil
      redis.call('HSET', key, one.holder, textOf(json, one.own, expiresAtMs))
    end
  end
end

-- Records a reservation, or refuses it.
-- json      the reservation without `own` and `expiresAtMs`
-- own       what it asks for, as JSON
-- limits    of its device, as JSON; null where there is none
-- ttlMs     how long it holds; 0 for good
-- isFact    what is there already is recorded, whatever the limits
-- Returns   the reservation as recorded │ nil, {"refused", resource, asked, free, limit}
local function reserve(key, json, own, limits, ttlMs, isFact)
  local asked, limit = cjson.decode(json), cjson.decode(limits)
  asked.own = cjson.decode(own)
  local holders, texts = inForce(key, asked.device)
  local present = holders[asked.holder]
  holders[asked.holder] = nil
  texts[asked.holder] = nil
  takeWithinRoom(asked, holders, limit)
  local firm = {}
  for holder, one in pairs(holders) do firm[holder] = firmly(one) end
  local without = usedOf(firm)
  firm[asked.holder] = present
  local before = usedOf(firm)
  firm[asked.holder] = asked
  local after = usedOf(firm)
  for _, resource in ipairs(resources) do
    local most = limit[resource]
    local over = type(most) == 'number' and after[resource] > most and after[resource] > before[resource]
    if over and not isFact then
      local free = math.max(0, most - without[resource])
      return nil, { 'refused', resource, after[resource] - without[resource], free, most }
    end
  end
  local expiresAtMs = ttlMs > 0 and serverMs() + ttlMs or nil
  local text = textOf(json, asked.own, expiresAtMs)
  redis.call('HSET', key, asked.holder, text)
  holders[asked.holder] = asked
  makeThemYield(key, holders, texts, limit)
  return text
end
