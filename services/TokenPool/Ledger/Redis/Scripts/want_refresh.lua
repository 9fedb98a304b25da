-- ARGV: ids. Asks for all their windows to be read.
if not configured('{gf}:c') then
    return
end
clock()
for _, id in ipairs(ARGV) do
    local token = read(id)
    if token then
        for lane = 1, cfg.lanes - 1 do
            lane_of(token, lane)
            want(token, lane)
        end
    end
end
