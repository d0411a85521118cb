-- Deletes up to so many checked bundles of the past, with their entries. ARGV: before us, most bundles.
local gone = 0
for _, number in ipairs(call('ZRANGE', key('checked'), '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])) do
    local found = call('HMGET', bundle_of(number), 'first', 'last', 'size')
    for _, entry in ipairs(call('XRANGE', key('heads'), found[1], found[2])) do
        gone = gone + call('XDEL', key('heads'), entry[1])
        call('XDEL', key('bodies'), entry[1])
    end
    call('HINCRBY', state, 'stored_bytes', -tonumber(found[3]))
    call('DEL', bundle_of(number))
    call('ZREM', key('checked'), number)
end
return gone
