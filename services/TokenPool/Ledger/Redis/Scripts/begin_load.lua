-- ARGV: lifetime ms, settings
if redis.call('EXISTS', '{gf}:c') == 1 or not redis.call('SET', '{gf}:load', '1', 'NX', 'PX', ARGV[1]) then
    return 0
end
redis.call('DEL', '{gf}:c.new')
settings('{gf}:c.new', 2)
return 1
