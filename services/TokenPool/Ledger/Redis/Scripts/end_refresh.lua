-- ARGV: id, until, rest ms, failed, new state ('': none), reason, generation, in flight at the claim, random seed, and per claimed window: mode, epoch, left,
-- whether it was read, remaining, limit, wait ms
-- Answers {} where the claim had lapsed; else {windows put in force, state brought about}
if not configured('{gf}:c') then
    return {}
end
clock()
seed = tonumber(ARGV[9])
local token = read(ARGV[1])
if not token then
    return {}
end
local v = redis.call('HMGET', token.key, 'y', 'h', 'j')
if v[1] ~= ARGV[2] then
    return {}
end
redis.call('ZREM', '{gf}:u.now', token.id)
detach(token)

local mask, applied, failed = tonumber(v[2] or 0), 0, ARGV[4] == '1'
local function done(lane)
    if has(mask, lane) then
        mask = mask - 2 ^ lane
    end
end
for i = 10, #ARGV, 7 do
    local lane = tonumber(redis.call('HGET', cfg.key, 'lane:' .. ARGV[i]))
    local record = lane_of(token, lane)
    if record.e == tonumber(ARGV[i + 1]) then
        if ARGV[i + 3] == '1' then
            applied = applied + 1
            -- What was at work when the reading began, or was lent since, may not be in the upstream's count.
            local uncounted = tonumber(ARGV[8]) + math.max(0, tonumber(ARGV[i + 2]) - record.r)
            local limit = math.max(0, math.min(1048576, tonumber(ARGV[i + 5])))
            local remaining = math.max(0, math.min(limit, tonumber(ARGV[i + 4])))
            local left, rest = math.max(0, remaining - uncounted), tonumber(ARGV[i + 6])
            if rest == 0 then
                rest = window(lane)
            end
            set_lane(token, lane, 'l', limit)
            set_lane(token, lane, 'r', left)
            set_lane(token, lane, 'e', record.e + 1)
            set_lane(token, lane, 'o', now)
            wait(token, lane, left == 0 and limit > 0 and rest > 0 and now + rest or 0)
            -- Where all that is left may be spoken for already, it is looked at once more.
            if remaining == 0 or left > 0 then
                done(lane)
            end
        elseif not failed then
            done(lane)
        end
    end
end

local state = ''
if ARGV[5] ~= '' and token.s == 'a' and tonumber(ARGV[7]) >= token.g then
    state = ARGV[5]
    set(token, 's', state)
    set(token, 'w', ARGV[6])
end
if token.s ~= 'a' then
    mask = 0
end
local rests = now + tonumber(ARGV[3])
redis.call('HSET', token.key, 'h', text(mask), 'z', text(rests), 'y', '0', 'j', text(failed and tonumber(v[3] or 0) + 1 or 0))
if mask ~= 0 then
    redis.call('ZADD', '{gf}:u', 'NX', text(rests), token.id)
end
attach(token)
if applied > 0 or state ~= '' then
    changed(token)
end
save(token)
return { applied, state }
