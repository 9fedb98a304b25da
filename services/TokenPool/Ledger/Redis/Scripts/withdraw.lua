-- ARGV: borrow id, then as for a settlement. Turns the wish into its lease; the settlement follows.
local known = redis.call('GET', '{gf}:b:' .. ARGV[1])
ARGV[1] = known and string.match(known, '^%d+ %d+ %S+ (.*)$') or ''
