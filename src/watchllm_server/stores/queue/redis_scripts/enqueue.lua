-- ARGV: now us, most events, most bytes, most refused, a new queue id, {commits, sequence, events} that the caller
-- was told of, rejected counts, refused events, then the ten parts of the entry.
local now_us, entry = tonumber(ARGV[1]), {}
for place = 1, 10 do entry[place] = ARGV[8 + place] end
for _, place in ipairs({3, 4, 5, 6, 9, 10}) do entry[place] = tonumber(entry[place]) end
notice_loss(cmsgpack.unpack(ARGV[6]), ARGV[5], now_us)
if read('waiting_events') + entry[5] > tonumber(ARGV[2])
    or read('stored_bytes') + #entry[7] + #entry[8] > tonumber(ARGV[3]) then
    return false
end
local sequence = insert(entry, now_us)
count(entry[1], entry[4], 'received', entry[5])
count_rejected(entry[1], entry[4], cmsgpack.unpack(ARGV[7]))
keep_refused(entry[1], cmsgpack.unpack(ARGV[8]), tonumber(ARGV[4]))
return {whole(sequence), unpack(commit())}
