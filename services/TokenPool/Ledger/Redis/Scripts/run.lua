-- The run of this server, or nothing where it does not tell.
local function run_id()
    local told = redis.pcall('INFO', 'server')
    return type(told) == 'string' and string.match(told, 'run_id:(%w+)') or ''
end
