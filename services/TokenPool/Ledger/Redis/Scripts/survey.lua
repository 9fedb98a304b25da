-- ARGV: scope, signal of the conversation ('': none), whether the server's run is to be looked at, ids…
-- Answers {} where it is not loaded; else, as texts, the rules (algorithm, scope of the penalty, overflow on quota, on slots, tracked, preferred id, lane known) and per token
-- id, pool, tier, state, left, limit, resume at, in flight, order, r rests, k no slot, p penalised. Only reads: what is due counts as worked off.
if not configured('{gf}:c', 'lane:' .. ARGV[1]) or (ARGV[3] == '1' and redis.call('HGET', '{gf}:c', 'run') ~= run_id()) then
    return {}
end
clock()
local lane = tonumber(cfg.extra or -1)
local counted = lane >= 0 and tracked(lane)

local function preferred_id()
    local known = ARGV[2] ~= '' and cfg.aff > 0 and redis.call('GET', '{gf}:a:' .. ARGV[2])
    if not known then
        return '0'
    end
    local till, pick, id = string.match(known, '^(%d+) (%d+) (%d+)$')
    local token = now < tonumber(till) and read(id)
    return token and token.b < tonumber(pick) and id or '0'
end

local function flag(set, letter)
    return set and letter or '-'
end

local found = { table.concat({ cfg.algo, cfg.scope, flag(cfg.oq, '1'), flag(cfg.os, '1'), flag(counted, '1'), preferred_id(), flag(lane >= 0, '1') }, ' ') }
if lane < 0 then
    return found
end

-- Leases that are over, but not worked off yet, by token.
local ended = {}
for _, timer in ipairs(redis.call('ZRANGEBYSCORE', '{gf}:w', '-inf', text(now), 'LIMIT', '0', '1000')) do
    if string.byte(timer) == 108 then
        local pick, id = parse(string.sub(timer, 2))
        ended[id] = ended[id] or {}
        table.insert(ended[id], tonumber(pick))
    end
end

for i = 4, #ARGV do
    local token = read(ARGV[i], lane)
    if token then
        local record = token.lanes[lane]
        for _, pick in ipairs(ended[token.id] or {}) do
            token.i = token.i - (token.b < pick and 1 or 0)
        end
        local rests = not counted and record.x > now
        if record.x > 0 and record.x <= now then
            record.r, record.x = record.l, 0
        end
        record.q = record.q or 0
        local cap = token.c < 0 and cfg.cap or token.c
        local order = cfg.algo == 'weighted' and 0 or score(token, lane)
        found[#found + 1] = table.concat({ token.id, token.p, token.t, token.s, text(record.r), text(record.l), text(record.x), text(token.i), text(order),
            flag(rests, 'r'), flag(cap > 0 and token.i >= cap, 'k'), flag(cfg.pen > 0 and token.u + cfg.pen > now, 'p') }, ' ')
    end
end
return found
