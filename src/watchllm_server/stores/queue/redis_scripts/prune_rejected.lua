-- Forgets refusals that are still what they were when somebody found them too old. ARGV: name and refusal of each.
for at = 1, #ARGV, 2 do
    local kept = call('HGET', key('rejected'), ARGV[at])
    if not kept or kept == ARGV[at + 1] then
        call('HDEL', key('rejected'), ARGV[at])
        call('ZREM', key('rejected-order'), ARGV[at])
    end
end
