-- ARGV: owner. Answers whether it still held the right, and put everything into this run of this server: what was put before a crash may have gone with it.
-- The settings come last: with them Borrow lends.
if redis.call('GET', '{gf}:load') ~= ARGV[1] or redis.call('HGET', '{gf}:c.new', 'run') ~= run_id() then
    return 0
end
redis.call('RENAME', '{gf}:c.new', '{gf}:c')
redis.call('DEL', '{gf}:load')
return 1
