-- ARGV: owner. Answers whether it still held the right. The settings come last: with them Borrow lends.
if redis.call('GET', '{gf}:load') ~= ARGV[1] then
    return 0
end
local told = redis.pcall('INFO', 'server')
redis.call('HSET', '{gf}:c.new', 'run', type(told) == 'string' and string.match(told, 'run_id:(%w+)') or '')
redis.call('RENAME', '{gf}:c.new', '{gf}:c')
redis.call('DEL', '{gf}:load')
return 1
