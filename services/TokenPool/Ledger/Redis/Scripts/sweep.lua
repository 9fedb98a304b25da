-- ARGV: random seed. Answers how many timers were due, at most 64.
if not configured('{gf}:c') then
    return 0
end
clock()
seed = tonumber(ARGV[1])
redis.call('ZREMRANGEBYSCORE', '{gf}:x', '-inf', now - 600001)
return house(64)
