-- ARGV: scope, units, ttl ms ('': as configured), borrow id ('': not repeatable), attempt (a word of its own that begins with 7 random hex digits),
-- signal of the conversation ('': none), number of pools, pools…, excluded ids…
-- Answers {'L'} not loaded; {'N', reason, retry after ms, degraded}; {'G', lease, token, pool, generation, rev, repeated, degraded}
local scope, borrow = ARGV[1], ARGV[4]
if not configured('{gf}:c', 'lane:' .. scope) then
    return { 'L' }
end
clock()
seed = tonumber(string.sub(ARGV[5], 1, 7), 16)
house(8)

if borrow ~= '' then
    local known = redis.call('GET', '{gf}:b:' .. borrow)
    if known then
        local at, generation, pool, attempt, lease = string.match(known, '^(%d+) (%d+) (%S+) (%S+) (.*)$')
        if now < tonumber(at) + 60000 and redis.call('ZSCORE', '{gf}:w', 'l' .. lease) then
            local pick, id = parse(lease)
            local token = read(id)
            if token and token.b < tonumber(pick) then
                -- Two attempts know the lease now: neither may take it back from the other.
                if attempt ~= '-' then
                    redis.call('SET', '{gf}:b:' .. borrow, at .. ' ' .. generation .. ' ' .. pool .. ' - ' .. lease, 'PX', '60000')
                end
                return { 'G', lease, id, pool, generation, token.v, '1', '0' }
            end
        end
    end
end

if not cfg.extra then
    return { 'N', 'x', '', '0' }
end
lane, units, excluded = tonumber(cfg.extra), tonumber(ARGV[2]), {}
counted = tracked(lane)
local pools, last = {}, 7 + tonumber(ARGV[7])
for i = 8, last do
    pools[#pools + 1] = ARGV[i]
end
for i = last + 1, #ARGV do
    excluded[ARGV[i]] = true
end

local follows = ARGV[6] ~= '' and cfg.aff > 0
if follows then
    preferred = lent_last(ARGV[6])
end

local token, reason, retry_at, degraded = search(pools)
if not token then
    return { 'N', reason, retry_at and math.max(0, retry_at - now) or '', degraded and '1' or '0' }
end

if token.value and not degraded then
    reach(token.ranking, tonumber(token.value))
end

local record = token.lanes[lane]
local pick = redis.call('HINCRBY', cfg.key, 'n', '1')
set(token, 'i', token.i + 1)
set(token, 'u', now)
set_lane(token, lane, 'q', pick)
if counted then
    set_lane(token, lane, 'r', record.r - units)
    -- The window ends when it ends: a timer that runs already is not started again.
    if record.r == 0 and record.x == 0 then
        local rest = window(lane)
        if rest > 0 then
            wait(token, lane, now + rest)
        end
    end
    if record.r == 0 then
        want(token, lane)
    end
end
place(token, lane, true)
changed(token)
save(token)

local ttl = ARGV[3] ~= '' and ARGV[3] or cfg.ttl
local lease = pick .. ':' .. token.id .. ':' .. lane .. ':' .. record.e .. ':' .. units .. ':' .. ttl .. ':' .. scope .. ':' .. borrow
if cfg.pen > 0 then
    redis.call('ZADD', '{gf}:w', text(now + ttl), 'l' .. lease, text(now + cfg.pen), 'p' .. token.id)
else
    redis.call('ZADD', '{gf}:w', text(now + ttl), 'l' .. lease)
end
if follows then
    redis.call('SET', '{gf}:a:' .. ARGV[6], string.format('%.0f %d %s', now + cfg.aff, pick, token.id), 'PX', text(cfg.aff))
end
if borrow ~= '' then
    redis.call('SET', '{gf}:b:' .. borrow, string.format('%.0f', now) .. ' ' .. token.g .. ' ' .. token.p .. ' ' .. ARGV[5] .. ' ' .. lease, 'PX', '60000')
end
return { 'G', lease, token.id, token.p, token.g, token.v, '0', degraded and '1' or '0' }
