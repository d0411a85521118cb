-- ARGV: bundle, fence, then the events. Returns those that another open bundle has claimed.
local number = ARGV[1]
if not is_held(number, ARGV[2]) then return 0 end
local others, mine = {}, key('claimed:' .. number)
for at = 3, #ARGV do
    if call('HSETNX', key('claims'), ARGV[at], number) == 1 then
        call('SADD', mine, ARGV[at])
    elseif call('HGET', key('claims'), ARGV[at]) ~= number then
        others[#others + 1] = ARGV[at]
    end
end
return others
