-- Ends the penalty of a token, where it has ended: with the scores that it has, to the orders of the fresh. What that leaves out of place is found when it comes up.
-- Not for orders drawn by weight, where whoever enters is drawn anew.
local function penalty_over(id, now, pen)
    local key = '{gf}:t:' .. id
    local v = redis.call('HMGET', key, 'u', 'm', 'p', 't')
    if not v[1] then
        return
    end
    if v[1] + pen > now then
        redis.call('ZADD', '{gf}:w', string.format('%d', v[1] + pen), 'p' .. id)
        return
    end
    local mask, lane = tonumber(v[2]), 0
    if mask == 0 then
        return
    end
    while mask > 0 do
        if mask % 2 == 1 then
            local order = v[3] .. ':' .. lane .. ':' .. v[4]
            local score = redis.call('ZSCORE', '{gf}:p:' .. order, id)
            if score then
                redis.call('ZREM', '{gf}:p:' .. order, id)
                redis.call('ZADD', '{gf}:f:' .. order, score, id)
            end
        end
        mask, lane = math.floor(mask / 2), lane + 1
    end
    redis.call('HSET', key, 'm', '0')
end
