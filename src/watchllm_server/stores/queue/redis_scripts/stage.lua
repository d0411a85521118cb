-- What has become of the entry at a place. ARGV: sequence, ahead ms.
-- Bundles are ranges: the one that begins last before it, among those that are known, is its own if any is.
local best = nil
for _, index in ipairs({'open', 'unchecked', 'checked'}) do
    for _, number in ipairs(call('ZRANGE', key(index), 0, -1)) do
        local first = tonumber(number)
        if first <= tonumber(ARGV[1]) and (not best or first > tonumber(best)) then best = number end
    end
end
if not best then return false end
local found = call('HMGET', bundle_of(best), 'last', 'leased_until_ms', 'attempts', 'error', 'acknowledged_at_us')
if tonumber(found[1]) < tonumber(ARGV[1]) then return false end
local is_leased = tonumber(found[2] or '0') > now_ms(tonumber(ARGV[2])) and 1 or 0
return {is_leased, found[3], found[4], found[5]}
