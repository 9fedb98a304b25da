-- Answers whether the ledger is loaded (1), and by this run of this server. What another run had loaded may be older than what was lent since: it is put aside,
-- and counts again only when a load has gone over all of it. Where a server does not tell its run, what it has is taken for true (2).
local run = run_id()
local known = redis.call('HMGET', '{gf}:c', 's', 'run')
if not known[1] then
    return 0
end
if run == '' then
    return 2
end
if known[2] == run then
    return 1
end
redis.call('RENAME', '{gf}:c', '{gf}:c.new')
return 0
