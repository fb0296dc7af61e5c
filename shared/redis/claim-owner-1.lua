-- Claims or renews a role, or gives it up.
-- KEYS[1]  the role
-- ARGV     1 instance │ 2 time to live in ms; 0 gives the role up
-- Returns  1 the instance owns the role (or has given it up) │ 0 another does
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) == 0 then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
