-- ARGV: scope, age ms, how many of each pool are looked at, pools… Answers how many windows that have run out by older numbers are wanted or being read.
if not configured('{gf}:c', 'lane:' .. ARGV[1]) or not cfg.extra or redis.call('HGET', cfg.key, 'up:' .. cfg.extra) ~= '1' then
    return 0
end
clock()
local lane, before, count = tonumber(cfg.extra), now - ARGV[2], 0
for i = 4, #ARGV do
    for _, id in ipairs(redis.call('ZRANDMEMBER', '{gf}:d:' .. ARGV[i] .. ':' .. lane, ARGV[3])) do
        local token = read(id, lane)
        if token and token.lanes[lane].r <= 0 then
            local v = redis.call('HMGET', token.key, 'o' .. lane, 'z', 'y')
            local rests = tonumber(v[2] or 0) > now and tonumber(v[3] or 0) <= now
            if tonumber(v[1] or 0) <= before and not rests then
                want(token, lane)
                count = count + 1
            end
        end
    end
end
return count
