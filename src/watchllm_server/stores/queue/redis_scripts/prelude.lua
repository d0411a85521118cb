-- What every script of the queue begins with. KEYS[1] is the prefix of all keys; they share one hash slot.
-- Redis runs a script alone and writes what it changed into its log as one transaction: all of it happened, or nothing.
local function key(name) return KEYS[1] .. name end
local state = key('state')
local call = redis.call

-- Lua's own conversion keeps 14 digits, and a sequence has 16.
local function whole(number) return string.format('%.0f', number) end

local function read(field) return tonumber(call('HGET', state, field) or '0') end

-- The time of leases is Redis's: one clock for all machines. Only tests are ahead of it.
local function now_ms(ahead_ms)
    local time = call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000) + ahead_ms
end

-- False for a time that is further away than it was ever asked for: Redis's clock has jumped back, and the time means
-- nothing any more. A clock that is set back by less is only being set right.
local function is_meant(away_ms, asked_ms) return away_ms <= asked_ms + 1000 end

-- A day has a hash, so that a span of time reads few of them.
local function ledger_of(project, minute_us)
    local day = whole(math.floor(minute_us / 86400000000))
    local name = key('ledger:' .. day .. ':' .. project)
    call('ZADD', key('ledgers'), day, name)
    call('ZADD', key('ledgers-of:' .. project), day, name)
    return name
end

local function count(project, minute_us, kind, by)
    if by ~= 0 then
        call('HINCRBY', ledger_of(project, minute_us), whole(minute_us) .. ':' .. kind, by)
    end
end

local function count_rejected(project, minute_us, rejected)
    for code, by in pairs(rejected) do
        count(project, minute_us, 'received', by)
        count(project, minute_us, 'rejected:' .. code, by)
    end
end

-- `refused` holds {event id, packed refusal}; above `most` the oldest are forgotten.
local function keep_refused(project, refused, most)
    for _, event in ipairs(refused) do
        local name = project .. '\n' .. event[1]
        call('HSET', key('rejected'), name, event[2])
        call('ZADD', key('rejected-order'), call('HINCRBY', state, 'rejections', 1), name)
    end
    local over = call('ZCARD', key('rejected-order')) - most
    if over > 0 then
        local oldest = call('ZPOPMIN', key('rejected-order'), math.min(over, 2000))
        for at = 1, #oldest, 2 do call('HDEL', key('rejected'), oldest[at]) end
    end
end

local function touch(traces, now_us)
    if #traces == 0 then return end
    local mark = math.max(read('mark') + 1, now_us)
    call('HSET', state, 'mark', whole(mark))
    for _, trace in ipairs(traces) do
        call('ZADD', key('touched'), whole(mark), trace[1] .. '\n' .. trace[2])
    end
end

-- A caller that was told of more commits than Redis knows is the witness of a loss: remember it, and go on after it.
local function notice_loss(reached, queue_id, now_us)
    local commits = read('commits')
    if reached[1] <= commits then return end
    local accepted, sequence = read('accepted_events'), read('sequence')
    local events = math.max(0, reached[3] - accepted)
    local number = call('HINCRBY', state, 'losses', 1)
    call('HSET', key('losses'), number, table.concat({
        whole(now_us), whole(sequence), whole(reached[2]), whole(reached[1] - commits), whole(events),
        events > 0 and '' or '0'}, ':'))
    call('HSET', state, 'commits', whole(reached[1]), 'sequence', whole(math.max(sequence, reached[2])),
        'accepted_events', whole(math.max(accepted, reached[3])), 'queue_id', queue_id)
end

-- `entry`: {project, format, accepted us, minute us, events, plain bytes, ids, body, head checksum, body checksum}.
local function insert(entry, now_us)
    local project, accepted_us, minute_us, events = entry[1], entry[3], entry[4], entry[5]
    local size = #entry[7] + #entry[8]
    local sequence = math.max(read('sequence') + 1, now_us)
    local place = whole(sequence)
    call('HSET', state, 'sequence', place)
    call('HINCRBY', state, 'waiting_entries', 1)
    call('HINCRBY', state, 'waiting_events', events)
    call('HINCRBY', state, 'waiting_bytes', size)
    call('HINCRBY', state, 'stored_bytes', size)
    call('HINCRBY', state, 'accepted_events', events)
    call('XADD', key('heads'), place .. '-0', 'p', project, 'f', entry[2], 't', whole(accepted_us), 'n', events,
        's', size, 'i', entry[7], 'c', whole(entry[9]))
    call('XADD', key('bodies'), place .. '-0', 'b', entry[8], 'c', whole(entry[10]))
    call('ZADD', key('waiting'), place, table.concat({
        place, whole(events), whole(size), whole(entry[6]), whole(minute_us), project}, ':'))
    call('ZADD', key('ages'), whole(accepted_us), place)
    count(project, minute_us, 'queued', events)
    return sequence
end

local function commit()
    return {whole(call('HINCRBY', state, 'commits', 1)), whole(read('sequence')), whole(read('accepted_events'))}
end

-- {sequence, events, stored bytes, plain bytes, minute us, project} of what waits within bounds.
local function waiting(from, to, most)
    local found = {}
    for _, packed in ipairs(call('ZRANGE', key('waiting'), from, to, 'BYSCORE', 'LIMIT', 0, most)) do
        local sequence, events, size, plain, minute_us, project =
            string.match(packed, '^(%d+):(%d+):(%d+):(%d+):(%d+):(.*)$')
        found[#found + 1] = {sequence, tonumber(events), tonumber(size), tonumber(plain), tonumber(minute_us), project}
    end
    return found
end

local function bundle_of(number) return key('bundle:' .. number) end

-- False when another holder has, or may have, the bundle.
local function is_held(number, fence)
    local found = call('HMGET', bundle_of(number), 'fence', 'acknowledged_at_us')
    return found[1] == fence and not found[2]
end

local function next_step() return whole(call('HINCRBY', state, 'steps', 1)) end

-- What an acknowledged bundle counted as new stays claimed while a bundle without a plan was leased before: the event
-- store may have answered that one without its rows.
local function forget_claims()
    local first = call('ZRANGE', key('unplanned'), 0, 0, 'WITHSCORES')
    local bound = first[2] and '(' .. first[2] or '+inf'
    for _, number in ipairs(call('ZRANGE', key('lingering'), '-inf', bound, 'BYSCORE')) do
        local names = call('LRANGE', key('claimed:' .. number), 0, -1)
        for at = 1, #names, 1000 do
            call('HDEL', key('claims'), unpack(names, at, math.min(at + 999, #names)))
        end
        call('DEL', key('claimed:' .. number))
        call('ZREM', key('lingering'), number)
    end
end
