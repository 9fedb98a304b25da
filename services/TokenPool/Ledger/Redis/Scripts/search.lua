-- Searches the orders of the pools for the first token that may be lent; puts right what it finds out of place.
local lane, units, counted, excluded
local fixes, eligible = 0, nil

-- The token that the conversation was lent last, where that may be lent at all.
local preferred

-- Where what was found is not the first in order, as that had too few units; and where an order was given up that may hold a token with enough all the same.
local by_lot, unsure = false, false

-- Any member of an order that is neither excluded nor passed over, with equal chances.
local function lot(key, passed, count)
    for _ in pairs(excluded) do
        count = count + 1
    end
    local drawn = redis.call('ZRANDMEMBER', key, text(count + 1))
    if count == 0 then
        return drawn[1]
    end
    local ids = {}
    for _, id in ipairs(drawn) do
        if not excluded[id] and not passed[id] then
            ids[#ids + 1] = id
        end
    end
    return ids[1 + math.floor(chance() * #ids)]
end

local function head(pool, tier, here)
    local ranking = here .. ':' .. pool .. ':' .. lane .. ':' .. tier
    local key, skip, passed, passes = '{gf}:' .. ranking, 0, {}, 0
    while fixes < 16 do
        local id, value
        local rank = text(skip)
        local drawn = cfg.algo == 'random' or passes >= 8
        if drawn then
            id = lot(key, passed, passes)
        elseif cfg.algo == 'least_inflight' or cfg.algo == 'weighted' then
            local entry = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')
            id, value = entry[1], entry[2]
        else
            id = redis.call('ZRANGE', key, rank, rank)[1]
        end
        if not id then
            return nil
        end
        if excluded[id] then
            skip = skip + 1
        else
            -- One copy of a token: what is put right in it here must be known to whoever lends it.
            local token = preferred and preferred.id == id and preferred or read(id, lane)
            if not token or token.p ~= pool or token.t ~= tier then
                redis.call('ZREM', key, id)
                fixes = fixes + 1
            else
                local want = wanted(token, lane)
                local enough = not counted or token.lanes[lane].r >= units
                local stale = want == here and value and cfg.algo == 'least_inflight' and tonumber(value) < score(token, lane)
                -- A penalty that is over while its timer is late does not make the token worse.
                if stale or (want ~= here and want ~= 'f') then
                    place(token, lane, true)
                    save(token)
                    if (want == 'p' or want == 'f') and enough then
                        eligible = token
                    end
                    fixes = fixes + 1
                elseif enough then
                    by_lot = by_lot or (drawn and cfg.algo ~= 'random')
                    if cfg.algo == 'weighted' then
                        token.ranking, token.value = ranking, value
                    end
                    return token
                elseif cfg.algo == 'high_quota_first' then
                    -- The order is by units: behind a head with too few nobody has more.
                    return nil
                else
                    skip, passes, passed[id] = skip + 1, passes + 1, true
                    if passes == 16 then
                        unsure = true
                        return nil
                    end
                end
            end
        end
    end
    return nil
end

local function lent_last(signal)
    local known = redis.call('GET', '{gf}:a:' .. signal)
    if not known then
        return nil
    end
    local till, pick, id = string.match(known, '^(%d+) (%d+) (%d+)$')
    if now >= tonumber(till) or excluded[id] then
        return nil
    end
    local token = read(id, lane)
    if not token or token.b >= tonumber(pick) or (counted and token.lanes[lane].r < units) then
        return nil
    end
    local want = wanted(token, lane)
    return (want == 'f' or want == 'p') and token or nil
end

-- Whether nothing would be lent from a higher tier of its pool; behind: an earlier pool has a token that may be lent when nothing fresh is found.
local function is_first(token, behind)
    for _, tier in ipairs(redis.call('ZRANGE', '{gf}:g:' .. token.p .. ':' .. lane, '0', '-1')) do
        if tonumber(tier) > tonumber(token.t) then
            if head(token.p, tier, 'f') or fixes >= 16 then
                return false
            end
            behind = head(token.p, tier, 'p') ~= nil or behind
            if fixes >= 16 or (behind and cfg.scope == 'Tier') then
                return false
            end
        elseif not behind then
            return true
        -- Where the penalty crosses tiers or pools, those used recently stand behind whatever is fresh from here on.
        elseif head(token.p, tier, 'f') then
            return true
        elseif fixes >= 16 then
            return false
        end
    end
    return not behind
end

local function in_pool(pool, fresh, penalised)
    local listed = '{gf}:g:' .. pool .. ':' .. lane
    for _, tier in ipairs(redis.call('ZRANGE', listed, '0', '-1')) do
        local token = fresh and head(pool, tier, 'f') or nil
        if not token and penalised and fixes < 16 then
            token = head(pool, tier, 'p')
        end
        if token or fixes >= 16 then
            return token
        end
        local order = pool .. ':' .. lane .. ':' .. tier
        if redis.call('EXISTS', '{gf}:f:' .. order, '{gf}:p:' .. order) == 0 then
            redis.call('ZREM', listed, tier)
        end
    end
    return nil
end

local function has_parked(pool)
    local key, skip = '{gf}:k:' .. pool .. ':' .. lane, 0
    while true do
        local found = redis.call('ZRANGE', key, text(skip), text(skip), 'WITHSCORES')
        if not found[1] then
            return false
        end
        if not excluded[found[1]] then
            return not counted or -tonumber(found[2]) >= units
        end
        skip = skip + 1
    end
end

-- Why the pool lends nothing: n nobody, b busy, x exhausted; and whether anyone there has the mode at all.
local function judge(pool)
    local n = redis.call('HMGET', '{gf}:n:' .. pool, 'a', 'o' .. lane)
    local active, offering = tonumber(n[1] or 0), tonumber(n[2] or 0)
    for id in pairs(excluded) do
        local v = redis.call('HMGET', '{gf}:t:' .. id, 's', 'p', 'l' .. lane)
        if v[1] == 'a' and v[2] == pool then
            active = active - 1
            if not counted or tonumber(v[3] or 0) > 0 then
                offering = offering - 1
            end
        end
    end
    if active <= 0 then
        return 'n', offering > 0
    end
    return has_parked(pool) and 'b' or 'x', offering > 0
end

-- Answers the token, or nil with the reason and the time of the first refill; last whether the work bound was reached.
local function search(pools)
    local saved, reason, retry_at
    reason = 'n'
    for _, pool in ipairs(pools) do
        -- Before penalty and algorithm, never before what would be lent from an earlier pool or a higher tier.
        if preferred and preferred.p == pool and is_first(preferred, saved ~= nil) then
            return preferred, nil, nil, by_lot or unsure
        end
        local token = in_pool(pool, true, cfg.scope == 'Tier')
        if token then
            return token, nil, nil, by_lot or unsure
        end
        if cfg.scope ~= 'Tier' and fixes < 16 then
            token = in_pool(pool, false, true)
            if token and cfg.scope == 'Pool' then
                return token, nil, nil, by_lot or unsure
            end
            saved = saved or token
        end
        if fixes >= 16 then
            break
        end
        if not token then
            local verdict, offers = judge(pool)
            if verdict == 'b' or (verdict == 'x' and reason == 'n') then
                reason = verdict
            end
            local first = redis.call('ZRANGE', '{gf}:d:' .. pool .. ':' .. lane, '0', '0', 'WITHSCORES')[2]
            if first and (not retry_at or tonumber(first) < retry_at) then
                retry_at = tonumber(first)
            end
            if (verdict == 'b' and not cfg.os) or (verdict == 'x' and offers and not cfg.oq) then
                break
            end
        end
    end
    if saved or fixes >= 16 then
        return saved or eligible, 'b', nil, fixes >= 16 or by_lot or unsure
    end
    if unsure then
        return nil, 'b', nil, true
    end
    return nil, reason, reason == 'x' and retry_at or nil
end
