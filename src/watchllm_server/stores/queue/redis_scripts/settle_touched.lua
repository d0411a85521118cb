-- ARGV: trace and mark of each; one that was touched again since has another mark, and stays.
for at = 1, #ARGV, 2 do
    local mark = call('ZSCORE', key('touched'), ARGV[at])
    if mark and tonumber(mark) == tonumber(ARGV[at + 1]) then call('ZREM', key('touched'), ARGV[at]) end
end
