-- ARGV: bundle, fence, now us, settlements as {project, minute us, stored, duplicate, dead-lettered}, touched traces.
local number, now_us = ARGV[1], tonumber(ARGV[3])
local bundle = bundle_of(number)
local known = call('HMGET', bundle, 'fence', 'acknowledged_at_us')
if known[1] ~= ARGV[2] then return 0 end
-- Done already: the answer did not reach the holder, who asks again.
if known[2] then return 1 end
local bounds = call('HMGET', bundle, 'first', 'last')
local entries, events, size = 0, 0, 0
for _, entry in ipairs(waiting(bounds[1], bounds[2], -1)) do
    entries, events, size = entries + 1, events + entry[2], size + entry[3]
    count(entry[6], entry[5], 'queued', -entry[2])
    call('ZREM', key('ages'), entry[1])
end
call('ZREMRANGEBYSCORE', key('waiting'), bounds[1], bounds[2])
call('HINCRBY', state, 'waiting_entries', -entries)
call('HINCRBY', state, 'waiting_events', -events)
call('HINCRBY', state, 'waiting_bytes', -size)
for _, settled in ipairs(cmsgpack.unpack(ARGV[4])) do
    count(settled[1], settled[2], 'stored', settled[3])
    count(settled[1], settled[2], 'duplicate', settled[4])
    count(settled[1], settled[2], 'dead_lettered', settled[5])
end
touch(cmsgpack.unpack(ARGV[5]), now_us)
call('HSET', bundle, 'acknowledged_at_us', whole(now_us), 'plan', '', 'others', '', 'size', size, 'traces', ARGV[5])
call('ZREM', key('open'), number)
call('ZADD', key('unchecked'), whole(now_us), number)
call('ZREM', key('unplanned'), number)
call('ZADD', key('lingering'), next_step(), number)
forget_claims()
return 1
