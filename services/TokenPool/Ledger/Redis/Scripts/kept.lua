-- The usual settlement, before anything else is even defined: the unit is kept, nobody waits for the slot or is ordered by it, the failure
-- count is 0 already.
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

if kept then
    live = redis.call('ZREM', '{gf}:w', 'l' .. ARGV[1]) == 1
    if live then
        forget()
        local v = redis.call('HMGET', '{gf}:t:' .. id, 'i', 'k', 'f', 'g', 'b')
        if not v[1] or tonumber(v[5]) >= tonumber(pick) then
            return { 'A' }
        end
        if v[2] == '0' and (v[3] == '0' or ARGV[8] == '0' or tonumber(ARGV[9]) < tonumber(v[4]))
            and redis.call('HGET', '{gf}:c', 'algo') ~= 'least_inflight' then
            redis.call('HSET', '{gf}:t:' .. id, 'i', string.format('%d', v[1] - 1))
            return { 'S', id, '', 0 }
        end
    end
end
