-- ARGV: now us, touched traces, then the bundles.
for at = 3, #ARGV do
    local settled_us = call('ZSCORE', key('unchecked'), ARGV[at])
    if settled_us then
        call('ZREM', key('unchecked'), ARGV[at])
        call('ZADD', key('checked'), settled_us, ARGV[at])
    end
end
touch(cmsgpack.unpack(ARGV[2]), tonumber(ARGV[1]))
