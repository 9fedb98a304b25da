-- ARGV: borrow id, then as for a settlement, last the attempt or the lease that it got. Turns the wish into its lease; the settlement follows. A lease that another
-- attempt got or was told of too is left alone: its caller may be using it.
local known = redis.call('GET', '{gf}:b:' .. ARGV[1])
local attempt, lease = string.match(known or '', '^%d+ %d+ %S+ (%S+) (.*)$')
ARGV[1] = attempt and attempt ~= '-' and (attempt == ARGV[11] or lease == ARGV[11]) and lease or ''
