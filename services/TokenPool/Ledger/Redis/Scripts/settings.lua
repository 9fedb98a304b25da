-- Puts settings in force. ARGV from `first`: cap, penalty ms, scope, overflow on quota, on slots, ttl ms, failure threshold, selection
-- algorithm, ttl of affinity in ms, and per mode: mode, window ms, tracked, whether the upstream counts too
-- Answers whether tokens must be put at their places again.
local function settings(key, first)
    local before = redis.call('HGET', key, 's')
    local cap, pen, trk = string.match(before or '', '^(%S+) (%S+) .* (%S+)$')
    if not trk then
        trk = '0'
        -- Those that every borrow reads stand first: Redis looks a field up by walking to it.
        redis.call('HSET', key, 's', '', 'algo', ARGV[first + 7], 'aff', ARGV[first + 8], 'n', 1048576, 'lane:', 0, 'mode:0', '', 'win:0', 60000, 'ix', 0)
    end
    local lanes = #trk
    local algorithm = redis.call('HGET', key, 'algo') or 'high_quota_first'
    for i = first + 9, #ARGV, 4 do
        local lane = redis.call('HGET', key, 'lane:' .. ARGV[i])
        if not lane then
            lane = #trk
            trk = trk .. ARGV[i + 2]
            redis.call('HSET', key, 'lane:' .. ARGV[i], lane, 'mode:' .. lane, ARGV[i])
        end
        redis.call('HSET', key, 'win:' .. lane, ARGV[i + 1], 'up:' .. lane, ARGV[i + 3])
    end
    redis.call('HSET', key, 's', table.concat(ARGV, ' ', first, first + 6) .. ' ' .. trk, 'algo', ARGV[first + 7], 'aff', ARGV[first + 8])
    return cap ~= ARGV[first] or pen ~= ARGV[first + 1] or lanes ~= #trk or algorithm ~= ARGV[first + 7]
end
