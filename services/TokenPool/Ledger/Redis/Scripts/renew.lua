-- ARGV: leases. Answers those that are lost. (ZADD XX CH would call a lease lost that is renewed twice in one millisecond.)
clock()
local lost = {}
for _, lease in ipairs(ARGV) do
    if redis.call('ZSCORE', '{gf}:w', 'l' .. lease) then
        local _, _, _, _, _, ttl = parse(lease)
        redis.call('ZADD', '{gf}:w', now + tonumber(ttl), 'l' .. lease)
    else
        lost[#lost + 1] = lease
    end
end
return lost
