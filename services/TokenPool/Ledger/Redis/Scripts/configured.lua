-- ARGV: number of the finished reindex pass
if redis.call('HGET', '{gf}:c', 'ix') == ARGV[1] then
    redis.call('HSET', '{gf}:c', 'ix', 0)
end
