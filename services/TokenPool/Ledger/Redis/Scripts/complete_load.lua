-- ARGV: owner. Answers whether it still held the right. The settings come last: with them Borrow lends.
if redis.call('GET', '{gf}:load') ~= ARGV[1] then
    return 0
end
redis.call('HSET', '{gf}:c.new', 'run', run_id())
redis.call('RENAME', '{gf}:c.new', '{gf}:c')
redis.call('DEL', '{gf}:load')
return 1
