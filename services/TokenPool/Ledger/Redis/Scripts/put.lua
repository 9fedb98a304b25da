-- ARGV: owner of the right to load ('': not by that right), its lifetime ms, random seed, then per token: id, pool, tier, state, cap, generation, failures, rev,
-- whether it sets state and failures, number of quotas, and per quota: mode, left, limit, resume at ('': none), observed at ('0': never). Answers 0 where the right to load is lost, also to
-- a crash: of what was put before it some may have gone with it.
if ARGV[1] ~= '' then
    if redis.call('GET', '{gf}:load') ~= ARGV[1] or redis.call('HGET', '{gf}:c.new', 'run') ~= run_id() then
        return 0
    end
    redis.call('PEXPIRE', '{gf}:load', ARGV[2])
end
if not configured('{gf}:c') and not configured('{gf}:c.new') then
    return 0
end
clock()
seed = tonumber(ARGV[3])

batch = { counts = {}, tiers = {}, orders = {}, ids = {} }

local known_lanes, born = {}, redis.call('HGET', cfg.key, 'n')

-- A token that the ledger did not know: nothing of it need be read.
local function new_token(id, pool, tier, state, cap, generation, fails, rev)
    local token = { id = id, key = '{gf}:t:' .. id, s = state, p = pool, t = tier, i = 0, u = 0, k = 0, m = 0, c = tonumber(cap), g = tonumber(generation),
        f = tonumber(fails), v = tonumber(rev), b = tonumber(born), lanes = {}, fresh = true }
    -- Written as the texts they came as: a number costs Redis a conversion each.
    token.changes = { s = state, p = pool, t = tier, i = '0', u = '0', k = '0', m = '0', c = cap, g = generation, f = fails, v = rev, w = '', b = born }
    for lane = 0, cfg.lanes - 1 do
        keep(token, lane)
    end
    batch.ids[#batch.ids + 1] = id
    return token
end

local function set_quota(token, mode, left, limit, resume_at, seen)
    if known_lanes[mode] == nil then
        known_lanes[mode] = tonumber(redis.call('HGET', cfg.key, 'lane:' .. mode) or nil) or false
    end
    local lane = known_lanes[mode]
    if not lane then
        return
    end
    local record, known = lane_of(token, lane), tracked(lane)
    limit = known and math.max(0, math.min(1048576, limit)) or 0
    left = math.max(0, math.min(limit, left))
    set_lane(token, lane, 'l', limit)
    set_lane(token, lane, 'r', left)
    set_lane(token, lane, 'e', record.e + 1)
    if seen ~= '0' or not token.fresh then
        set_lane(token, lane, 'o', seen)
    end
    local at = 0
    if resume_at ~= '' and (limit > 0 or not known) then
        at = tonumber(resume_at)
    elseif limit > 0 and left == 0 and window(lane) > 0 then
        at = now + window(lane)
    end
    wait(token, lane, at)
end

local at = 4
while at <= #ARGV do
    local id, pool, tier, state, cap, generation, fails, rev, sets, quotas = unpack(ARGV, at, at + 9)
    at = at + 10
    local token = read(id)
    local accepted = not token or tonumber(generation) >= token.g
    if not token then
        token = new_token(id, pool, tier, state, cap, generation, fails, rev)
    elseif accepted then
        detach(token)
        if sets == '1' and tonumber(generation) > token.g then
            set(token, 's', state)
            set(token, 'w', '')
            set(token, 'f', fails)
        elseif sets == '1' and state ~= 'a' and state ~= token.s then
            set(token, 's', state)
            set(token, 'w', '')
        end
        set(token, 'g', generation)
        set(token, 'p', pool)
        set(token, 't', tier)
        set(token, 'c', tonumber(cap))
        -- The database has that rev already: what is written of this token next must be later.
        set(token, 'v', math.max(token.v, tonumber(rev) + 1))
        redis.call('SADD', '{gf}:y', id)
    end
    draw_picks(token)
    for _ = 1, tonumber(quotas) do
        if accepted then
            set_quota(token, ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3], ARGV[at + 4])
        end
        at = at + 5
    end
    if accepted then
        attach(token)
        save(token)
    end
end
flush_orders()
if #batch.ids > 0 then
    redis.call('SADD', '{gf}:i', unpack(batch.ids))
end
for key, counts in pairs(batch.counts) do
    for field, change in pairs(counts) do
        redis.call('HINCRBY', key, field, change)
    end
end
return 1
