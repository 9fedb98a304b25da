-- ARGV: random seed, ids. Puts the tokens at their places again and lets them into lanes that are new.
if not configured('{gf}:c') then
    return
end
clock()
seed = tonumber(ARGV[1])
for i = 2, #ARGV do
    local token = read(ARGV[i])
    if token then
        detach(token)
        draw_picks(token)
        attach(token)
        save(token)
        if cfg.pen > 0 and token.u + cfg.pen > now then
            redis.call('ZADD', '{gf}:w', token.u + cfg.pen, 'p' .. token.id)
        end
    end
end
