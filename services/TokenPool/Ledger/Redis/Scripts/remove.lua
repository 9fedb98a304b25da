-- ARGV: ids
if not configured('{gf}:c') and not configured('{gf}:c.new') then
    return
end
for _, id in ipairs(ARGV) do
    local token = read(id)
    if token then
        detach(token)
        redis.call('ZREM', '{gf}:w', 'p' .. id)
        for lane = 0, cfg.lanes - 1 do
            if token.lanes[lane].x > 0 then
                redis.call('ZREM', '{gf}:w', 'r' .. lane .. ':' .. id)
            end
        end
        redis.call('DEL', token.key)
        redis.call('SREM', '{gf}:y', id)
        redis.call('SREM', '{gf}:y.flush', id)
        redis.call('SREM', '{gf}:i', id)
        redis.call('ZREM', '{gf}:u', id)
        redis.call('ZREM', '{gf}:u.now', id)
    end
end
