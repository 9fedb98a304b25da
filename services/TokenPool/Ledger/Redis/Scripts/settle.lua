-- ARGV: lease, refund, exhausted, resume after ms ('': unknown), new state ('': none), reason, failed, succeeded, generation, random seed
-- Answers {'A'} already settled; {'S' applied or 'T' late, token, state brought about, rev or 0}
if not configured('{gf}:c') then
    return { 'A' }
end
clock()
seed = tonumber(ARGV[10])
if not kept then
    -- A refill that is due must come before a refund or a 429.
    house(8)
    live = redis.call('ZREM', '{gf}:w', 'l' .. ARGV[1]) == 1
    forget()
end
if not live then
    local due = redis.call('ZSCORE', '{gf}:x', ARGV[1])
    redis.call('ZREM', '{gf}:x', ARGV[1])
    if not due or now - tonumber(due) > 600000 then
        return { 'A' }
    end
end
local _, _, lane_text, epoch, units = parse(ARGV[1])
local lane = tonumber(lane_text)
local token = read(id, lane)
if not token or token.b >= tonumber(pick) then
    return { 'A' }
end

-- What it does to units belongs to the window it was lent from.
local record, any, state = token.lanes[lane], false, ''
if record.e == tonumber(epoch) then
    if ARGV[3] == '1' then
        any = true
        set_lane(token, lane, 'r', 0)
        set_lane(token, lane, 'e', record.e + 1)
        if ARGV[4] ~= '' then
            wait(token, lane, now + tonumber(ARGV[4]))
        elseif record.x == 0 and window(lane) > 0 then
            wait(token, lane, now + window(lane))
        end
        -- Where the upstream has said when, it is asked then.
        if ARGV[4] == '' then
            want(token, lane)
        end
    elseif ARGV[2] == '1' and tracked(lane) then
        any = true
        set_lane(token, lane, 'r', math.min(record.l, record.r + tonumber(units)))
    end
end
local placing = any and not has(token.k, lane)

-- What it does to the state belongs to the generation.
if tonumber(ARGV[9]) >= token.g then
    local fails = ARGV[7] == '1' and token.f + 1 or ARGV[8] == '1' and 0 or token.f
    if fails ~= token.f then
        any = true
        set(token, 'f', fails)
    end
    if token.s == 'a' then
        if ARGV[5] ~= '' then
            state = ARGV[5]
        elseif ARGV[7] == '1' and cfg.fail > 0 and fails >= cfg.fail then
            state = 'd'
        end
    end
end

if live then
    set(token, 'i', token.i - 1)
end
if state ~= '' then
    any = true
    detach(token)
    set(token, 's', state)
    set(token, 'w', ARGV[6])
    attach(token)
else
    if placing then
        place(token, lane)
    end
    if live then
        slot_back(token)
    else
        place_all(token, token.k)
    end
end
if any then
    changed(token)
end
save(token)
return { live and 'S' or 'T', id, state, any and token.v or 0 }
