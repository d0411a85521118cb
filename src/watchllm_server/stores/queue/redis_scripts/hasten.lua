for _, number in ipairs(call('ZRANGE', key('open'), 0, -1)) do
    call('HSET', bundle_of(number), 'not_before_ms', 0)
end
