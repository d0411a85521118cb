-- ARGV: bundle, fence, plan, new events as "project\nevent id". Returns the plan that holds, and
-- those that another bundle's plan counts as new.
local number, fence = ARGV[1], ARGV[2]
if not is_held(number, fence) then return 0 end
local bundle = bundle_of(number)
local found = call('HMGET', bundle, 'planned_fence', 'plan', 'others')
-- Decided already: the answer did not reach the holder, who asks again.
if found[1] == fence then return {found[2], found[3]} end

-- Lua hands over a few thousand values at once, not ten thousand.
local function in_parts(values, step)
    for at = 1, #values, 1000 do
        step({unpack(values, at, math.min(at + 999, #values))})
    end
end

local others, mine = {}, {}
in_parts(cmsgpack.unpack(ARGV[4]), function(names)
    for at, holder in ipairs(call('HMGET', key('claims'), unpack(names))) do
        if not holder then
            mine[#mine + 1] = names[at]
        elseif holder ~= number then
            others[#others + 1] = names[at]
        end
    end
end)
in_parts(mine, function(names)
    local pairs_ = {}
    for _, name in ipairs(names) do
        pairs_[#pairs_ + 1] = name
        pairs_[#pairs_ + 1] = number
    end
    call('HSET', key('claims'), unpack(pairs_))
    call('RPUSH', key('claimed:' .. number), unpack(names))
end)
local packed = cmsgpack.pack(others)
call('HSET', bundle, 'plan', ARGV[3], 'others', packed, 'planned_fence', fence)
call('ZREM', key('unplanned'), number)
forget_claims()
return {ARGV[3], packed}
