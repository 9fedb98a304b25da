-- ARGV: settings. Answers the number of the reindex pass that is due, also one that another replica left unfinished; 0: none.
if redis.call('EXISTS', '{gf}:c') == 1 then
    if settings('{gf}:c', 1) then
        redis.call('HINCRBY', '{gf}:c', 'pass', 1)
        redis.call('HSET', '{gf}:c', 'ix', redis.call('HGET', '{gf}:c', 'pass'))
    end
    return tonumber(redis.call('HGET', '{gf}:c', 'ix'))
end
if redis.call('EXISTS', '{gf}:c.new') == 1 then
    settings('{gf}:c.new', 1)
end
return 0
