-- The usual settlement, before anything else is even defined: the unit is kept, nobody waits for the slot, the failure
-- count stays.
local pick, id, borrow = string.match(ARGV[1], '^(%d+):(%d+):%d+:%d+:%d+:%d+:[^:]*:(.*)$')
if not pick then
    return { 'A' }
end
local kept = ARGV[2] == '0' and ARGV[3] == '0' and ARGV[5] == '' and ARGV[7] == '0'
local live

local function forget()
    if borrow ~= '' then
        local known = redis.call('GET', '{gf}:b:' .. borrow)
        if known and string.sub(known, -#ARGV[1]) == ARGV[1] then
            redis.call('DEL', '{gf}:b:' .. borrow)
        end
    end
end

-- Whether the failure count stays: f failures, g generation.
local function same_failures(f, g)
    return f == '0' or ARGV[8] == '0' or tonumber(ARGV[9]) < tonumber(g)
end

-- Where leases are counted in the order, in every lane: v pool, tier, mask of the penalised, then the pick of each lane.
local function order_by_leases(v, inflight)
    for lane = 0, #v - 4 do
        local pick_there = v[lane + 4]
        if pick_there then
            local ranking = (math.floor(v[3] / 2 ^ lane) % 2 == 1 and 'p:' or 'f:') .. v[1] .. ':' .. lane .. ':' .. v[2]
            redis.call('ZADD', '{gf}:' .. ranking, 'XX', string.format('%d', inflight * 1099511627776 + pick_there % 1099511627776), id)
        end
    end
end

if kept then
    live = redis.call('ZREM', '{gf}:w', 'l' .. ARGV[1]) == 1
    if live then
        forget()
        local v = redis.call('HMGET', '{gf}:t:' .. id, 'i', 'k', 'f', 'g', 'b')
        if not v[1] or tonumber(v[5]) >= tonumber(pick) then
            return { 'A' }
        end
        if v[2] == '0' and same_failures(v[3], v[4]) then
            local c = redis.call('HMGET', '{gf}:c', 'algo', 's')
            if c[1] == 'least_inflight' then
                local fields = { 'p', 't', 'm' }
                for lane = 1, #string.match(c[2], '(%S+)$') do
                    fields[lane + 3] = 'q' .. lane - 1
                end
                order_by_leases(redis.call('HMGET', '{gf}:t:' .. id, unpack(fields)), v[1] - 1)
            end
            redis.call('HSET', '{gf}:t:' .. id, 'i', string.format('%d', v[1] - 1))
            return { 'S', id, '', 0 }
        end
    end
end
