-- ARGV: bundle, fence, lease ms, ahead ms.
if not is_held(ARGV[1], ARGV[2]) then return 0 end
call('HSET', bundle_of(ARGV[1]), 'leased_until_ms', whole(now_ms(tonumber(ARGV[4])) + tonumber(ARGV[3])),
    'leased_for_ms', ARGV[3])
return 1
