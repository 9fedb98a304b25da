-- Gives one request of the day back. KEYS[1] as in admit.lua; ARGV: the UTC day that was charged.
local h = redis.call('HMGET', KEYS[1], 'd', 'u')
if h[1] == ARGV[1] and tonumber(h[2] or 0) > 0 then redis.call('HINCRBY', KEYS[1], 'u', -1) end
return 0
