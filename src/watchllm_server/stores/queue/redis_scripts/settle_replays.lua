-- ARGV: now us, kept us, project, then event id and version of each letter.
local now_us = tonumber(ARGV[1])
for at = 4, #ARGV, 2 do
    local name = table.concat({ARGV[3], ARGV[at], ARGV[at + 1]}, '\n')
    if call('HEXISTS', key('replays'), name) == 1 then
        call('ZADD', key('settled-replays'), whole(now_us), name)
    end
end
local before = '(' .. whole(now_us - tonumber(ARGV[2]))
for _, name in ipairs(call('ZRANGE', key('settled-replays'), '-inf', before, 'BYSCORE', 'LIMIT', 0, 2000)) do
    call('HDEL', key('replays'), name)
    call('ZREM', key('settled-replays'), name)
end
