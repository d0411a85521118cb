-- ARGV: bundle, fence, plan.
if not is_held(ARGV[1], ARGV[2]) then return 0 end
call('HSET', bundle_of(ARGV[1]), 'plan', ARGV[3])
return 1
