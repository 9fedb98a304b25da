-- ARGV: owner, lifetime ms, settings
if redis.call('EXISTS', '{gf}:c') == 1 or not redis.call('SET', '{gf}:load', ARGV[1], 'NX', 'PX', ARGV[2]) then
    return 0
end
-- What an abandoned load has left is gone on with: its tokens stand in the lanes of these settings.
settings('{gf}:c.new', 3)
redis.call('HSET', '{gf}:c.new', 'run', run_id())
return 1
