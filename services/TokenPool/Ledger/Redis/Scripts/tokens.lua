-- Tokens, their places in the orders, their timers. Shared by every script that changes tokens.
--
--   {gf}:c                     hash: s settings in one text, algo selection algorithm, aff ttl of affinity in ms, n pick counter, lane:<mode> number of its lane, mode:<lane>, win:<lane>, up:<lane> 1 where the upstream counts too, ix reindex due,
--                              run the server's run that its load began in. Missing: not loaded
--   {gf}:c.new                 the same while a load is running
--   {gf}:i                     set of all token ids
--   {gf}:t:<id>                hash: s state (a d x), p pool, t tier, i in flight, u used at, k parked mask, m penalised mask, c cap, g generation, f failures,
--                              v rev, w reason, b born (pick counter then); per lane q pick, r left, l limit, e epoch, x resume at, o observed at; of refreshes h mask of
--                              wanted lanes, z rests until, y claimed until, j failures
--   {gf}:f:<pool>:<lane>:<tier>, {gf}:p:…   orders of the fresh and the penalised
--   {gf}:g:<pool>:<lane>       tiers that may be non-empty, highest first
--   {gf}:v                     hash: how far each order has come that draws by weight, the score it lent last
--   {gf}:k:<pool>:<lane>       tokens at their cap that have units, most units first
--   {gf}:d:<pool>:<lane>       active tokens by the time of their refill
--   {gf}:n:<pool>              hash: a active tokens, o<lane> those that have the mode
--   {gf}:w                     timers by due time: l<lease>, p<id> end of penalty, r<lane>:<id> refill or end of cool-down
--   {gf}:x                     expired leases by due time
--   {gf}:b:<borrow id>         the grant, for a minute: granted at, generation, pool, the attempt that got it (-: told to another one too), lease
--   {gf}:a:<signal>            the token a conversation was lent last: until when that counts, pick, token
--   {gf}:u, {gf}:u.now         tokens whose windows are to be read upstream by due time, and those being read by the time the claim lapses
--   {gf}:y, {gf}:y.flush       changed ids, and those claimed by a write-behind
--   {gf}:offset                milliseconds that tests add to the clock
local now, cfg

-- A random number from the caller, for those scripts that draw: Redis itself seeds every script alike.
local seed

-- Set by a script that puts many tokens and prunes no tier: what it adds to orders and to the counts of pools, written once at its end, and the tiers it has listed.
local batch

-- Whole numbers as text: Redis itself would write them with 17 digits' care, at several times the price.
local function text(value)
    return type(value) == 'number' and string.format('%d', value) or value
end

local function clock()
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
    local offset = redis.call('GET', '{gf}:offset')
    if offset then
        now = now + tonumber(offset)
    end
end

local function configured(key, extra)
    local c = redis.call('HMGET', key, 's', 'algo', 'aff', extra or 's')
    if not c[1] then
        return false
    end
    local cap, pen, scope, oq, os, ttl, fail, trk = string.match(c[1], '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
    cfg = { key = key, cap = tonumber(cap), pen = tonumber(pen), scope = scope, oq = oq == '1', os = os == '1', ttl = ttl, fail = tonumber(fail), trk = trk,
        lanes = #trk, algo = c[2] or 'high_quota_first', aff = tonumber(c[3] or 0), extra = c[4] }
    return true
end

-- At least 0, below 1.
local function chance()
    if seed then
        math.randomseed(seed)
        seed = nil
    end
    return math.random()
end

-- One character per lane: 1 where units are counted.
local function tracked(lane)
    return string.byte(cfg.trk, lane + 1) == 49
end

local function window(lane)
    return tonumber(redis.call('HGET', cfg.key, 'win:' .. lane))
end

local function keep(token, lane, q, r, l, e, x)
    token.lanes[lane] = { q = tonumber(q), r = tonumber(r or 0), l = tonumber(l or 0), e = tonumber(e or 0), x = tonumber(x or 0) }
end

-- Reads a token and one of its lanes.
local function read(id, lane)
    local key, n = '{gf}:t:' .. id, lane or 0
    local v = redis.call('HMGET', key, 's', 'p', 't', 'i', 'u', 'k', 'm', 'c', 'g', 'f', 'v', 'b', 'q' .. n, 'r' .. n, 'l' .. n, 'e' .. n, 'x' .. n)
    if not v[1] then
        return nil
    end
    local token = { id = id, key = key, s = v[1], p = v[2], t = v[3], i = tonumber(v[4]), u = tonumber(v[5]), k = tonumber(v[6]), m = tonumber(v[7]),
        c = tonumber(v[8]), g = tonumber(v[9]), f = tonumber(v[10]), v = tonumber(v[11]), b = tonumber(v[12]), lanes = {}, changes = {} }
    keep(token, tonumber(n), v[13], v[14], v[15], v[16], v[17])
    return token
end

local function lane_of(token, lane)
    if not token.lanes[lane] then
        local v = redis.call('HMGET', token.key, 'q' .. lane, 'r' .. lane, 'l' .. lane, 'e' .. lane, 'x' .. lane)
        keep(token, lane, v[1], v[2], v[3], v[4], v[5])
    end
    return token.lanes[lane]
end

local function set(token, field, value)
    token[field] = value
    token.changes[field] = value
end

local function set_lane(token, lane, field, value)
    token.lanes[lane][field] = value
    token.changes[field .. lane] = value
end

local function save(token)
    local fields, at = {}, 0
    for field, value in pairs(token.changes) do
        fields[at + 1] = field
        fields[at + 2] = text(value)
        at = at + 2
    end
    if at > 0 then
        redis.call('HSET', token.key, unpack(fields))
        token.changes = {}
    end
end

local function changed(token)
    set(token, 'v', token.v + 1)
    redis.call('SADD', '{gf}:y', token.id)
end

local function has(mask, lane)
    return math.floor(mask / 2 ^ lane) % 2 == 1
end

-- Where the token truly belongs in this lane: o out, f fresh, p penalised, k parked.
local function wanted(token, lane)
    local record = token.lanes[lane]
    if token.s ~= 'a' or not record.q then
        return 'o'
    end
    if tracked(lane) then
        if record.r <= 0 then
            return 'o'
        end
    elseif record.x > now then
        return 'o'
    end
    local cap = token.c < 0 and cfg.cap or token.c
    if cap > 0 and token.i >= cap then
        return 'k'
    end
    if cfg.pen > 0 and token.u + cfg.pen > now then
        return 'p'
    end
    return 'f'
end

local scores_reached = {}

-- How far an order has come that draws by weight.
local function reached(ranking)
    if not scores_reached[ranking] then
        scores_reached[ranking] = tonumber(redis.call('HGET', '{gf}:v', ranking) or 0)
    end
    return scores_reached[ranking]
end

-- The order has come to this score, which is lent now: what enters from now on is drawn from there. What lies too far away was given by another algorithm.
local function reach(ranking, value)
    if value > reached(ranking) and value - reached(ranking) < 40000000 then
        scores_reached[ranking] = value
        redis.call('HSET', '{gf}:v', ranking, string.format('%.17g', value))
    end
end

-- The order in a lane, lowest first. Only the count of leases can change without the lane being touched: such a score may be lower than the true one, never higher.
local function score(token, lane, ranking)
    local record = token.lanes[lane]
    if cfg.algo == 'high_quota_first' then
        return record.q % 4294967296 - (tracked(lane) and record.r * 4294967296 or 0)
    elseif cfg.algo == 'round_robin' then
        return record.q
    elseif cfg.algo == 'least_inflight' then
        return token.i * 1099511627776 + record.q % 1099511627776
    elseif cfg.algo == 'random' then
        return 0
    end
    -- An exponential clock: whose alarm rings first is the one lent, with chances by weight, and those that have not rung need not be drawn again.
    local weight = tracked(lane) and math.max(0.000001, math.min(1, record.r / record.l)) or 1
    return string.format('%.17g', reached(ranking) - math.log(1 - chance()) / weight)
end

local function enter(order, value, id)
    if not batch then
        redis.call('ZADD', order, text(value), id)
        return
    end
    local entries = batch.orders[order] or {}
    batch.orders[order] = entries
    local at = #entries
    entries[at + 1] = text(value)
    entries[at + 2] = id
end

-- Writes what a batch has collected for the orders, one command for each.
local function flush_orders()
    for order, entries in pairs(batch.orders) do
        redis.call('ZADD', order, unpack(entries))
    end
    batch.orders = {}
end

-- Moves the token to its true place in this lane, with its present score. Parked and penalised are known by the masks; fresh is not, so leaving it is cheap.
-- absent: it is known to be in no order of this lane.
local function place(token, lane, listed, absent)
    local record, want = lane_of(token, lane), wanted(token, lane)
    if want == 'o' and absent then
        return
    end
    local order = token.p .. ':' .. lane
    local parked, penalised = has(token.k, lane), has(token.m, lane)
    if parked and want ~= 'k' then
        redis.call('ZREM', '{gf}:k:' .. order, token.id)
        set(token, 'k', token.k - 2 ^ lane)
    elseif penalised and want ~= 'p' then
        redis.call('ZREM', '{gf}:p:' .. order .. ':' .. token.t, token.id)
        set(token, 'm', token.m - 2 ^ lane)
    elseif not absent and not parked and not penalised and want ~= 'f' then
        redis.call('ZREM', '{gf}:f:' .. order .. ':' .. token.t, token.id)
    end
    if want == 'k' then
        enter('{gf}:k:' .. order, tracked(lane) and -record.r or 0, token.id)
        if not parked then
            set(token, 'k', token.k + 2 ^ lane)
        end
    elseif want ~= 'o' then
        local ranking = want .. ':' .. order .. ':' .. token.t
        enter('{gf}:' .. ranking, score(token, lane, ranking), token.id)
        if want == 'p' and not penalised then
            set(token, 'm', token.m + 2 ^ lane)
        end
        local tier = order .. ':' .. token.t
        if not listed and not (batch and batch.tiers[tier]) then
            redis.call('ZADD', '{gf}:g:' .. order, text(-token.t), token.t)
            if batch then
                batch.tiers[tier] = true
            end
        end
    end
end

-- Places the token in every lane of a mask.
local function place_all(token, mask)
    for lane = 0, cfg.lanes - 1 do
        if has(mask, lane) then
            place(token, lane)
        end
    end
end

-- Puts a slot that was given back in force: where the token waited for it and, where leases are counted in the order, in every lane.
local function slot_back(token)
    local parked = token.k
    place_all(token, parked)
    if cfg.algo ~= 'least_inflight' then
        return
    end
    local fields = {}
    for lane = 0, cfg.lanes - 1 do
        fields[lane + 1] = 'q' .. lane
    end
    local picks = redis.call('HMGET', token.key, unpack(fields))
    for lane = 0, cfg.lanes - 1 do
        if picks[lane + 1] and not has(parked, lane) then
            local ranking = (has(token.m, lane) and 'p' or 'f') .. ':' .. token.p .. ':' .. lane .. ':' .. token.t
            redis.call('ZADD', '{gf}:' .. ranking, 'XX', text(token.i * 1099511627776 + picks[lane + 1] % 1099511627776), token.id)
        end
    end
end

-- Sets when the lane refills or has cooled down; 0: it does not wait.
local function wait(token, lane, at)
    local waited = token.lanes[lane].x > 0
    if at == 0 and not waited then
        return
    end
    set_lane(token, lane, 'x', at)
    if at > 0 then
        redis.call('ZADD', '{gf}:w', text(at), 'r' .. lane .. ':' .. token.id)
        if token.s == 'a' then
            redis.call('ZADD', '{gf}:d:' .. token.p .. ':' .. lane, text(at), token.id)
        end
    elseif waited then
        redis.call('ZREM', '{gf}:w', 'r' .. lane .. ':' .. token.id)
        redis.call('ZREM', '{gf}:d:' .. token.p .. ':' .. lane, token.id)
    end
end

local function tally(key, field, change)
    if batch then
        batch.counts[key] = batch.counts[key] or {}
        batch.counts[key][field] = (batch.counts[key][field] or 0) + change
    else
        redis.call('HINCRBY', key, field, change)
    end
end

local function count(token, change)
    if token.s ~= 'a' then
        return
    end
    local key = '{gf}:n:' .. token.p
    tally(key, 'a', change)
    for lane = 0, cfg.lanes - 1 do
        local record = lane_of(token, lane)
        if record.q and (record.l > 0 or not tracked(lane)) then
            tally(key, 'o' .. lane, change)
        end
    end
end

-- Takes the token out of everything, so that its pool, tier, state or limits can change.
local function detach(token)
    if batch then
        flush_orders()
    end
    count(token, -1)
    for lane = 0, cfg.lanes - 1 do
        local record, order = lane_of(token, lane), token.p .. ':' .. lane
        if has(token.k, lane) then
            redis.call('ZREM', '{gf}:k:' .. order, token.id)
        elseif has(token.m, lane) then
            redis.call('ZREM', '{gf}:p:' .. order .. ':' .. token.t, token.id)
        else
            redis.call('ZREM', '{gf}:f:' .. order .. ':' .. token.t, token.id)
        end
        if record.x > 0 then
            redis.call('ZREM', '{gf}:d:' .. order, token.id)
        end
    end
    set(token, 'k', 0)
    set(token, 'm', 0)
end

-- Puts a token that stands nowhere, new or detached, where it belongs.
local function attach(token)
    count(token, 1)
    for lane = 0, cfg.lanes - 1 do
        place(token, lane, false, true)
        if token.lanes[lane].x > 0 then
            wait(token, lane, token.lanes[lane].x)
        end
    end
end

-- Gives the token a place in the rotation of lanes new to it: anywhere before the first real pick.
local function draw_picks(token)
    for lane = 0, cfg.lanes - 1 do
        if not lane_of(token, lane).q then
            set_lane(token, lane, 'q', 1 + math.floor(chance() * 1048575))
        end
    end
end

-- lease = pick:token:lane:epoch:units:ttl:mode:borrow id
local function parse(lease)
    return string.match(lease, '^(%d+):(%d+):(%d+):(%d+):(%d+):(%d+):([^:]*):(.*)$')
end
