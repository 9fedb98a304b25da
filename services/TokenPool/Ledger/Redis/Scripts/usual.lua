-- The usual borrow, before anything else is even defined: nothing is due but ends of penalties, nobody is excluded, and the conversation's last token or the first
-- in order may be lent as it stands, with units and slots to spare. Whatever else is found is left to the search, with nothing of a loan written yet.

local granted
do
    local now, now_text, lane, pool, algo, cap, pen, scope, ttl, counted, follows, aff, last, tier, order
    local id, here, value, lent, key, inflight, left, mask, bit, penalised, generation, rev, epoch, limit, entered

    -- Works off what is due, or answers false where it is more than ends of penalties.
    local function ended(due)
        for i = 1, #due do
            if string.byte(due[i]) ~= 112 or algo == 'weighted' then
                return false
            end
        end
        if due[1] then
            redis.call('ZREM', '{gf}:w', unpack(due))
            for i = 1, #due do
                penalty_over(string.sub(due[i], 2), now, pen)
            end
        end
        return true
    end

    -- Whose turn it is in an order.
    local function first(ranking)
        if algo == 'random' then
            return redis.call('ZRANDMEMBER', '{gf}:' .. ranking)
        end
        return redis.call('ZRANGE', '{gf}:' .. ranking, '0', '0')[1]
    end

    -- The score that a weight draws in the order entered; the order that was left has come to the score that is lent.
    local function drawn(weight)
        local from, reached = (here or '') .. order, nil
        if value then
            reached = tonumber(redis.call('HGET', '{gf}:v', from) or 0)
            value = tonumber(value)
            if value > reached and value - reached < 40000000 then
                reached = value
                redis.call('HSET', '{gf}:v', from, string.format('%.17g', value))
            end
        end
        if from ~= entered or not value then
            reached = tonumber(redis.call('HGET', '{gf}:v', entered) or 0)
        end
        math.randomseed(tonumber(string.sub(ARGV[5], 1, 7), 16))
        return string.format('%.17g', reached - math.log(1 - math.random()) / weight)
    end

    -- What a borrow may need of the settings and of what is known of it and its conversation; false where it is not a usual one.
    local function situation()
        if #ARGV > 7 + tonumber(ARGV[7]) then
            return false
        end
        local c = redis.call('HMGET', '{gf}:c', 's', 'algo', 'aff', 'lane:' .. ARGV[1])
        if not c[1] or not c[4] then
            return false
        end
        local trk
        cap, pen, scope, ttl, trk = string.match(c[1], '^(%S+) (%S+) (%S+) %S+ %S+ (%S+) %S+ (%S+)$')
        pen = tonumber(pen)
        if ARGV[3] ~= '' then
            ttl = ARGV[3]
        end
        local known = redis.call('MGET', '{gf}:offset', '{gf}:b:' .. ARGV[4], '{gf}:a:' .. ARGV[6])
        if known[2] then
            return false
        end
        local time = redis.call('TIME')
        now = time[1] * 1000 + math.floor(time[2] / 1000) + (known[1] or 0)
        now_text, lane, pool, algo = string.format('%d', now), c[4], ARGV[8], c[2] or 'high_quota_first'
        counted, follows, aff, last = string.byte(trk, lane + 1) == 49, ARGV[6] ~= '' and tonumber(c[3] or 0) > 0, c[3], known[3]
        if not ended(redis.call('ZRANGEBYSCORE', '{gf}:w', '-inf', now_text, 'LIMIT', '0', '8')) then
            return false
        end
        tier = redis.call('ZRANGE', '{gf}:g:' .. pool .. ':' .. lane, '0', '0')[1]
        if not tier then
            return false
        end
        order = ':' .. pool .. ':' .. lane .. ':' .. tier
        return true
    end

    -- The token that the conversation was lent last, else the first in order.
    local function candidate()
        if follows and last then
            local till, pick, token = string.match(last, '^(%d+) (%d+) (%d+)$')
            if now < tonumber(till) then
                id, lent = token, pick
                return true
            end
        end
        here = 'f'
        id = first('f' .. order)
        if not id and scope == 'Tier' then
            here = 'p'
            id = first('p' .. order)
        end
        if id and (algo == 'least_inflight' or algo == 'weighted') then
            value = redis.call('ZSCORE', '{gf}:' .. here .. order, id)
        end
        return id
    end

    -- Whether the token may be lent where it stands, and keeps units and a slot.
    local function spare()
        key = '{gf}:t:' .. id
        local v = redis.call('HMGET', key, 's', 'p', 't', 'i', 'u', 'k', 'm', 'c', 'g', 'v', 'b', 'q' .. lane, 'r' .. lane, 'e' .. lane, 'x' .. lane,
            algo == 'weighted' and 'l' .. lane or 's')
        if v[1] ~= 'a' or v[2] ~= pool or v[3] ~= tier or v[6] ~= '0' or not v[12] or (lent and tonumber(v[11]) >= tonumber(lent)) then
            return false
        end
        local most = tonumber(v[8])
        if most < 0 then
            most = tonumber(cap)
        end
        inflight = v[4] + 1
        if most > 0 and inflight >= most then
            return false
        end
        if counted then
            left = (v[13] or 0) - ARGV[2]
            if left < 1 then
                return false
            end
        elseif tonumber(v[15] or 0) > now then
            return false
        end
        mask, bit = tonumber(v[7]), 2 ^ lane
        penalised = math.floor(mask / bit) % 2 == 1
        if here == 'f' and (penalised or (pen > 0 and v[5] + pen > now)) then
            return false
        end
        if algo == 'least_inflight' and value and tonumber(value) < v[4] * 1099511627776 + v[12] % 1099511627776 then
            return false
        end
        generation, rev, epoch, limit = v[9], v[10] + 1, v[14] or '0', v[16]
        return true
    end

    local function score_of(pick)
        if algo == 'random' then
            return '0'
        elseif algo == 'weighted' then
            return drawn(counted and math.max(0.000001, math.min(1, left / limit)) or 1)
        elseif algo == 'least_inflight' then
            return string.format('%d', inflight * 1099511627776 + pick % 1099511627776)
        elseif algo == 'high_quota_first' then
            return string.format('%d', pick % 4294967296 - (counted and left * 4294967296 or 0))
        end
        return string.format('%d', pick)
    end

    -- Writes the loan into the token and its orders, and answers its pick.
    local function take()
        local pick = redis.call('HINCRBY', '{gf}:c', 'n', '1')
        local changed = { 'i', string.format('%d', inflight), 'u', now_text, 'v', string.format('%d', rev), 'q' .. lane, string.format('%d', pick) }
        if counted then
            changed[9], changed[10] = 'r' .. lane, string.format('%d', left)
        end
        entered = (pen > 0 and 'p' or 'f') .. order
        redis.call('ZADD', '{gf}:' .. entered, score_of(pick), id)
        if penalised ~= (pen > 0) then
            redis.call('ZREM', (penalised and '{gf}:p' or '{gf}:f') .. order, id)
            changed[#changed + 1] = 'm'
            changed[#changed + 1] = string.format('%d', penalised and mask - bit or mask + bit)
        end
        redis.call('HSET', key, unpack(changed))
        redis.call('SADD', '{gf}:y', id)
        return changed[8]
    end

    local function usual()
        if not situation() or not candidate() or not spare() then
            return nil
        end
        local pick = take()
        local lease = pick .. ':' .. id .. ':' .. lane .. ':' .. epoch .. ':' .. ARGV[2] .. ':' .. ttl .. ':' .. ARGV[1] .. ':' .. ARGV[4]
        local due = string.format('%d', now + ttl)
        if pen > 0 then
            redis.call('ZADD', '{gf}:w', due, 'l' .. lease, string.format('%d', now + pen), 'p' .. id)
        else
            redis.call('ZADD', '{gf}:w', due, 'l' .. lease)
        end
        if follows then
            redis.call('SET', '{gf}:a:' .. ARGV[6], string.format('%d', now + aff) .. ' ' .. pick .. ' ' .. id, 'PX', aff)
        end
        if ARGV[4] ~= '' then
            redis.call('SET', '{gf}:b:' .. ARGV[4], now_text .. ' ' .. generation .. ' ' .. pool .. ' ' .. ARGV[5] .. ' ' .. lease, 'PX', '60000')
        end
        return { 'G', lease, id, pool, tonumber(generation), rev, '0', '0' }
    end

    granted = usual()
end
if granted then
    return granted
end
