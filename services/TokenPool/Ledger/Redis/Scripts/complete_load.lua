-- The settings come last: with them Borrow lends.
if redis.call('EXISTS', '{gf}:c') == 0 then
    if redis.call('EXISTS', '{gf}:c.new') == 1 then
        redis.call('RENAME', '{gf}:c.new', '{gf}:c')
    end
else
    redis.call('DEL', '{gf}:c.new')
end
redis.call('DEL', '{gf}:load')
