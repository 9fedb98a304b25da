-- ARGV: owner
if redis.call('GET', '{gf}:load') == ARGV[1] then
    redis.call('DEL', '{gf}:load')
end
