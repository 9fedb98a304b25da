-- Asks for the window to be read upstream, as soon as the token may be asked about. The lane has been read.
local function want(token, lane)
    if redis.call('HGET', cfg.key, 'up:' .. lane) ~= '1' or token.s ~= 'a' or token.lanes[lane].l <= 0 then
        return
    end
    local v = redis.call('HMGET', token.key, 'h', 'z', 'y')
    local mask = tonumber(v[1] or 0)
    if not has(mask, lane) then
        redis.call('HSET', token.key, 'h', text(mask + 2 ^ lane))
    end
    if tonumber(v[3] or 0) <= now then
        redis.call('ZADD', '{gf}:u', 'NX', text(math.max(now, tonumber(v[2] or 0))), token.id)
    end
end

-- Works off what is due: expired leases, ended penalties, refills and ended cool-downs.
local function expire(lease, due)
    local pick, id = parse(lease)
    redis.call('ZADD', '{gf}:x', due, lease)
    local token = read(id)
    if token and token.b < tonumber(pick) then
        set(token, 'i', token.i - 1)
        slot_back(token)
        save(token)
    end
end

local function end_penalty(id)
    if cfg.algo ~= 'weighted' then
        return penalty_over(id, now, cfg.pen)
    end
    local token = read(id)
    if not token then
        return
    end
    if token.u + cfg.pen > now then
        redis.call('ZADD', '{gf}:w', text(token.u + cfg.pen), 'p' .. id)
        return
    end
    place_all(token, token.m)
    save(token)
end

local function resume(lane, id)
    local token = read(id, lane)
    if not token then
        return
    end
    local record = token.lanes[lane]
    if tracked(lane) then
        set_lane(token, lane, 'r', record.l)
        set_lane(token, lane, 'e', record.e + 1)
        -- Full is a guess, until the upstream has said so.
        want(token, lane)
    end
    wait(token, lane, 0)
    place(token, lane)
    changed(token)
    save(token)
end

local function house(limit)
    local due = redis.call('ZRANGEBYSCORE', '{gf}:w', '-inf', text(now), 'WITHSCORES', 'LIMIT', '0', text(limit))
    if #due == 0 then
        return 0
    end
    local members = {}
    for i = 1, #due, 2 do
        members[#members + 1] = due[i]
    end
    redis.call('ZREM', '{gf}:w', unpack(members))
    for i = 1, #due, 2 do
        local kind, rest = string.sub(due[i], 1, 1), string.sub(due[i], 2)
        if kind == 'l' then
            expire(rest, due[i + 1])
        elseif kind == 'p' then
            end_penalty(rest)
        else
            local lane, id = string.match(rest, '^(%d+):(%d+)$')
            resume(tonumber(lane), id)
        end
    end
    return #members
end
