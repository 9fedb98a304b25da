-- ARGV: how many may be out at once, lifetime ms. Answers of each claimed token: id, pool, generation, in flight, until, failures, and per window: mode, epoch, left
if not configured('{gf}:c') then
    return {}
end
clock()
-- Claims that lapsed go to whoever asks next.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', '{gf}:u.now', '-inf', text(now))) do
    redis.call('ZREM', '{gf}:u.now', id)
    redis.call('ZADD', '{gf}:u', 'NX', text(now), id)
end
local claims, free = {}, tonumber(ARGV[1]) - redis.call('ZCARD', '{gf}:u.now')
while free > 0 do
    local id = redis.call('ZRANGEBYSCORE', '{gf}:u', '-inf', text(now), 'LIMIT', '0', '1')[1]
    if not id then
        break
    end
    redis.call('ZREM', '{gf}:u', id)
    local token = read(id)
    if token then
        local v = redis.call('HMGET', token.key, 'h', 'j')
        local mask, till = tonumber(v[1] or 0), now + tonumber(ARGV[2])
        local claim = { id, token.p, token.g, token.i, text(till), tonumber(v[2] or 0) }
        for lane = 1, cfg.lanes - 1 do
            if has(mask, lane) and lane_of(token, lane).l > 0 then
                claim[#claim + 1] = redis.call('HGET', cfg.key, 'mode:' .. lane)
                claim[#claim + 1] = token.lanes[lane].e
                claim[#claim + 1] = token.lanes[lane].r
            end
        end
        if token.s == 'a' and #claim > 6 then
            redis.call('HSET', token.key, 'y', text(till))
            redis.call('ZADD', '{gf}:u.now', text(till), id)
            claims[#claims + 1] = claim
            free = free - 1
        else
            redis.call('HSET', token.key, 'h', '0')
        end
    end
end
return claims
