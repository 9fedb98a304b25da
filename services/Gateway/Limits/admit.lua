-- Admits one request of a virtual key, or says which limit refuses it. One round trip, atomic.
-- KEYS[1]  hash: w = "second:count ..." of the last 60 seconds, d = UTC day, u = used that day
-- ARGV     per minute | per day | counts for the day (0, 1) | used today by the database ('' = not read; it may know more than this hash where Redis was away) | clock offset in ms (tests)
-- Answer   {code, remaining, reset ms, retry ms, counted day}; code 0 admitted, 1 minute, 2 day, 3 the day's count must be given
local rate, daily, counts, seed = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4]
local t = redis.call('TIME')
local ms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[5])
local sec = math.floor(ms / 1000)
local day = math.floor(sec / 86400)
local h = redis.call('HMGET', KEYS[1], 'w', 'd', 'u')
local used_day = tonumber(h[2] or -1)
local used = tonumber(h[3] or 0)
local charged = -1

if counts and daily > 0 then
  if used_day ~= day then
    if seed == '' then return {3, 0, 0, 0, -1} end
    used = tonumber(seed)
  elseif seed ~= '' then
    used = math.max(used, tonumber(seed))
  end
  local rest = (day + 1) * 86400000 - ms
  if used >= daily then
    if used_day ~= day then
      redis.call('HSET', KEYS[1], 'd', day, 'u', used)
      redis.call('EXPIRE', KEYS[1], 172800)
    end
    return {2, 0, rest, rest, -1}
  end
  charged = day
end

local remaining, reset = daily - used - 1, (day + 1) * 86400000 - ms
if rate > 0 then
  local kept, total, last, list = {}, 0, sec, {}
  for s, c in string.gmatch(h[1] or '', '(%d+):(%d+)') do
    s, c = tonumber(s), tonumber(c)
    if s > sec - 60 then
      list[#list + 1] = {s, c}
      total = total + c
    end
  end
  if total >= rate then
    local wanted, free = total - rate + 1, sec
    for _, e in ipairs(list) do
      wanted = wanted - e[2]
      if wanted <= 0 then free = e[1] break end
    end
    return {1, 0, (list[#list][1] + 60) * 1000 - ms, (free + 60) * 1000 - ms, -1}
  end
  if #list > 0 and list[#list][1] >= sec then
    last = list[#list][1]
    list[#list][2] = list[#list][2] + 1
  else
    list[#list + 1] = {sec, 1}
  end
  for i, e in ipairs(list) do kept[i] = string.format('%d:%d', e[1], e[2]) end
  redis.call('HSET', KEYS[1], 'w', table.concat(kept, ' '))
  remaining, reset = rate - total - 1, (last + 60) * 1000 - ms
end

if charged >= 0 then redis.call('HSET', KEYS[1], 'd', day, 'u', used + 1) end
redis.call('EXPIRE', KEYS[1], 172800)
return {0, remaining, reset, 0, charged}
