-- ARGV: now us, number of the loss, events found, settlements, touched traces.
local packed = call('HGET', key('losses'), ARGV[2])
if not packed or string.sub(packed, -1) ~= ':' then return 0 end
local events = tonumber(string.match(packed, ':(%d+):$'))
call('HSET', key('losses'), ARGV[2], packed .. whole(math.min(events, tonumber(ARGV[3]))))
for _, settled in ipairs(cmsgpack.unpack(ARGV[4])) do
    count(settled[1], settled[2], 'received', settled[3] + settled[5])
    count(settled[1], settled[2], 'stored', settled[3])
    count(settled[1], settled[2], 'duplicate', settled[4])
    count(settled[1], settled[2], 'dead_lettered', settled[5])
end
touch(cmsgpack.unpack(ARGV[5]), tonumber(ARGV[1]))
return 1
