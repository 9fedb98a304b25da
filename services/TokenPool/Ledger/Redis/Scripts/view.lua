-- Figures of a token: id, pool, tier, state, reason, generation, in flight, failures, used at, rev, ms that refreshes of it rest (0 without now), those that
-- failed, and per mode: mode, left, limit, resume at, observed at
local function view(id, modes, now)
    local v = redis.call('HMGET', '{gf}:t:' .. id, 'p', 't', 's', 'w', 'g', 'i', 'f', 'u', 'v', 'z', 'j')
    if not v[1] then
        return nil
    end
    v[10] = now and string.format('%d', math.max(0, tonumber(v[10] or 0) - now)) or '0'
    v[11] = v[11] or '0'
    local found = { id, unpack(v) }
    local fields = {}
    for lane = 1, #modes do
        fields[#fields + 1] = 'r' .. lane
        fields[#fields + 1] = 'l' .. lane
        fields[#fields + 1] = 'x' .. lane
        fields[#fields + 1] = 'o' .. lane
    end
    if #fields == 0 then
        return found
    end
    local quotas = redis.call('HMGET', '{gf}:t:' .. id, unpack(fields))
    for lane = 1, #modes do
        local left, limit, resume_at, seen = quotas[lane * 4 - 3] or '0', quotas[lane * 4 - 2] or '0', quotas[lane * 4 - 1] or '0', quotas[lane * 4] or '0'
        if limit ~= '0' or resume_at ~= '0' or seen ~= '0' then
            found[#found + 1] = modes[lane]
            found[#found + 1] = left
            found[#found + 1] = limit
            found[#found + 1] = resume_at
            found[#found + 1] = seen
        end
    end
    return found
end

local function known_modes()
    local key = redis.call('EXISTS', '{gf}:c') == 1 and '{gf}:c' or '{gf}:c.new'
    local modes, mode = {}, redis.call('HGET', key, 'mode:1')
    while mode do
        modes[#modes + 1] = mode
        mode = redis.call('HGET', key, 'mode:' .. (#modes + 1))
    end
    return modes
end
