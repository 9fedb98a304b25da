-- ARGV: limit. Claims of a dead writer come first; only when they are done the changed ones are claimed.
-- A ledger that is put aside or being loaded, or that another run of the server has left, may be older than the rows: what it says of itself must not be
-- written over them.
local run, known = run_id(), redis.call('HMGET', '{gf}:c', 's', 'run')
if not known[1] or (run ~= '' and known[2] ~= run) then
    return {}
end
if redis.call('EXISTS', '{gf}:y.flush') == 0 then
    if redis.call('EXISTS', '{gf}:y') == 0 then
        return {}
    end
    redis.call('RENAME', '{gf}:y', '{gf}:y.flush')
end
local modes, views = known_modes(), {}
for _, id in ipairs(redis.call('SRANDMEMBER', '{gf}:y.flush', ARGV[1])) do
    local found = view(id, modes)
    if found then
        views[#views + 1] = found
    else
        redis.call('SREM', '{gf}:y.flush', id)
    end
end
return views
