-- ARGV: owner. Answers whether it still held the right. The settings come last: with them Borrow lends.
if redis.call('GET', '{gf}:load') ~= ARGV[1] then
    return 0
end
redis.call('RENAME', '{gf}:c.new', '{gf}:c')
redis.call('DEL', '{gf}:load')
return 1
