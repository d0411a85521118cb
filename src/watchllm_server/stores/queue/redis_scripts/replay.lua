-- ARGV: now us, most events, most bytes, a new queue id, what the caller was told of, then of each letter its version
-- and the ten parts of its entry. Each letter is moved once: from the dead-lettered ones to those that are queued.
local now_us, letters, size = tonumber(ARGV[1]), {}, 0
for at = 6, #ARGV, 11 do
    local letter = {version = ARGV[at]}
    for place = 1, 10 do letter[place] = ARGV[at + place] end
    for _, place in ipairs({3, 4, 5, 6, 9, 10}) do letter[place] = tonumber(letter[place]) end
    size = size + #letter[7] + #letter[8]
    letters[#letters + 1] = letter
end
notice_loss(cmsgpack.unpack(ARGV[5]), ARGV[4], now_us)
if read('waiting_events') + #letters > tonumber(ARGV[2]) or read('stored_bytes') + size > tonumber(ARGV[3]) then
    return false
end
local outcomes = {}
for _, letter in ipairs(letters) do
    local name = table.concat({letter[1], letter[7], letter.version}, '\n')
    local outcome = 'queued'
    if #call('ZRANGE', key('waiting'), letter.version, letter.version, 'BYSCORE') > 0 then
        outcome = 'busy'
    elseif call('HEXISTS', key('replays'), name) == 0 then
        insert(letter, now_us)
        local ledger, field = ledger_of(letter[1], letter[4]), whole(letter[4]) .. ':dead_lettered'
        if tonumber(call('HGET', ledger, field) or '0') > 0 then
            call('HINCRBY', ledger, field, -1)
        else
            -- A letter of another queue on the same event store: this ledger receives the event for the first time.
            count(letter[1], letter[4], 'received', 1)
        end
        call('HSET', key('replays'), name, '')
    end
    outcomes[#outcomes + 1] = outcome
end
return {outcomes, commit()}
