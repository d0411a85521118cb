-- ARGV: bundle, fence, delay ms, ahead ms, error.
if not is_held(ARGV[1], ARGV[2]) then return 0 end
call('HSET', bundle_of(ARGV[1]), 'leased_until_ms', 0, 'not_before_ms',
    whole(now_ms(tonumber(ARGV[4])) + tonumber(ARGV[3])), 'waits_for_ms', ARGV[3], 'error', ARGV[5])
call('ZREM', key('unplanned'), ARGV[1])
forget_claims()
return 1
