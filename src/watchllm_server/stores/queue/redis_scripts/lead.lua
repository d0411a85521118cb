-- Takes or prolongs the lead. ARGV: owner, ms, ahead ms.
local now, for_ms = now_ms(tonumber(ARGV[3])), tonumber(ARGV[2])
local found = call('HMGET', state, 'leader', 'leads_until_ms')
local leader, until_ms = found[1], tonumber(found[2] or '0')
local is_led = until_ms > now and is_meant(until_ms - now, for_ms)
if leader and leader ~= ARGV[1] and is_led and call('EXISTS', key('owner:' .. leader)) == 1 then return 0 end
call('HSET', state, 'leader', ARGV[1], 'leads_until_ms', whole(now + for_ms))
return 1
