-- Leases a bundle that was left, else fixes the bounds of a new one.
-- ARGV: owner, most events, most bytes, lease ms, ahead ms, a new queue id, entries to look at, then the bundles that
-- the owner knows to hold.
local now = now_ms(tonumber(ARGV[5]))
local lease_ms = tonumber(ARGV[4])
local known = {}
for at = 8, #ARGV do known[ARGV[at]] = true end

local function is_free(number)
    local found = call('HMGET', bundle_of(number), 'owner', 'leased_until_ms', 'leased_for_ms', 'not_before_ms',
        'waits_for_ms')
    local until_ms, for_ms, not_before_ms = tonumber(found[2]), tonumber(found[3]), tonumber(found[4])
    if not_before_ms > now and is_meant(not_before_ms - now, tonumber(found[5])) then return false end
    if until_ms <= now or not is_meant(until_ms - now, for_ms) then return true end
    -- A lease of our own whose answer did not reach us: nobody works on it.
    if found[1] == ARGV[1] then return not known[number] end
    return call('EXISTS', key('owner:' .. found[1])) == 0
end

local function left()
    for _, number in ipairs(call('ZRANGE', key('open'), 0, -1)) do
        if is_free(number) then return number end
    end
end

-- Redis that was started anew may have lost its last moments: bundles from then on must not share their tokens with
-- some that were made, inserted and lost.
local function queue_id()
    local run_id = string.match(call('INFO', 'server'), 'run_id:(%x+)') or ''
    if call('HGET', state, 'run_id') ~= run_id then
        call('HSET', state, 'run_id', run_id, 'queue_id', ARGV[6])
    end
    return call('HGET', state, 'queue_id')
end

local function make()
    local first, last, events, size = nil, nil, 0, 0
    for _, entry in ipairs(waiting('(' .. whole(read('leased_up_to')), '+inf', tonumber(ARGV[7]))) do
        if first and (events + entry[2] > tonumber(ARGV[2]) or size + entry[4] > tonumber(ARGV[3])) then break end
        first, last = first or entry[1], entry[1]
        events, size = events + entry[2], size + entry[4]
    end
    if not first then return nil end
    call('HSET', state, 'leased_up_to', last)
    -- The first sequence names the bundle: it is unique for ever, and so is the token made of it.
    call('HSET', bundle_of(first), 'first', first, 'last', last, 'queue_id', queue_id(), 'fence', 0, 'attempts', 0,
        'not_before_ms', 0, 'waits_for_ms', 0, 'plan', '', 'others', '', 'error', '')
    call('ZADD', key('open'), first, first)
    return first
end

local number = left() or make()
if not number then return false end
local bundle = bundle_of(number)
local fence = call('HINCRBY', bundle, 'fence', 1)
local attempts = call('HINCRBY', bundle, 'attempts', 1)
call('HSET', bundle, 'owner', ARGV[1], 'leased_until_ms', whole(now + lease_ms), 'leased_for_ms', whole(lease_ms))
local found = call('HMGET', bundle, 'queue_id', 'first', 'last', 'plan', 'others')
-- From now on the event store may be asked for it.
if found[4] == '' then call('ZADD', key('unplanned'), next_step(), number) end
return {found[1] .. '.' .. number, fence, attempts, found[2], found[3], found[4], found[5]}
