-- ARGV: ids and the revs that were written, by turns. What has changed since is marked again: another writer may have claimed it meanwhile.
for i = 1, #ARGV, 2 do
    redis.call('SREM', '{gf}:y.flush', ARGV[i])
    local rev = redis.call('HGET', '{gf}:t:' .. ARGV[i], 'v')
    if rev and tonumber(rev) > tonumber(ARGV[i + 1]) then
        redis.call('SADD', '{gf}:y', ARGV[i])
    end
end
