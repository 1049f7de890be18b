-- Lease the conversation that has waited longest: {1, conversation, turn, fence, attempts, messages, steps};
-- or {0, milliseconds until something may be claimable, -1 when nothing is known}.
local lease_ms, look = tonumber(ARGV[1]), root .. 'look:' .. ARGV[2]
local now = now_ms()
local ready = root .. 'ready'

local function answer(conversation, turn, fence)
  return {1, conversation, turn, fence, tonumber(redis.call('HGET', root .. 'turn:' .. turn, 'attempts')),
    redis.call('LRANGE', root .. 'in:' .. turn, 0, -1), redis.call('HVALS', root .. 'steps:' .. turn)}
end

-- The same look again: its answer was lost. What it got is still its, unless somebody has claimed it since.
local got = redis.call('HMGET', look, 'conversation', 'turn', 'fence')
if got[1] and owned(got[1], got[3]) then
  redis.call('ZREM', ready, got[1])
  redis.call('ZADD', root .. 'leases', string.format('%.0f', now + lease_ms), got[1])
  return answer(got[1], got[2], got[3])
end

-- Every look takes up what others left: no worker has to be alive for it, and no message has to come.
local moved = 0
for _, from in ipairs({'later', 'leases'}) do
  local due = redis.call('ZRANGEBYSCORE', root .. from, '-inf', string.format('%.0f', now), 'LIMIT', 0, 64)
  for _, conversation in ipairs(due) do
    redis.call('ZREM', root .. from, conversation)
    make_ready(conversation)
  end
  moved = moved + #due
end

local conversation = redis.call('ZPOPMIN', ready)[1]
if not conversation then
  redis.call('DEL', root .. 'bell')
  local soon = -1
  for _, from in ipairs({'later', 'leases'}) do
    local first = redis.call('ZRANGE', root .. from, 0, 0, 'WITHSCORES')[2]
    if first and (soon < 0 or tonumber(first) - now < soon) then soon = math.max(0, tonumber(first) - now) end
  end
  return {0, soon}
end
if redis.call('ZCARD', ready) == 0 then redis.call('DEL', root .. 'bell') elseif moved > 1 then ring() end

-- Above all earlier ones, and by the clock: a server that lost its last instants gives none of them again.
local t = redis.call('TIME')
local fence = math.max(tonumber(redis.call('GET', root .. 'fence') or 0) + 1, tonumber(t[1]) * 1000000 + tonumber(t[2]))
fence = string.format('%.0f', fence)
redis.call('SET', root .. 'fence', fence)

local turn = redis.call('LINDEX', root .. 'turns:' .. conversation, 0)
redis.call('HSET', root .. 'box:' .. conversation, 'fence', fence)
redis.call('ZADD', root .. 'leases', string.format('%.0f', now + lease_ms), conversation)
redis.call('HSET', root .. 'turn:' .. turn, 'state', 'running')
redis.call('HINCRBY', root .. 'turn:' .. turn, 'attempts', 1)
redis.call('ZREM', root .. 'waiting', turn)
redis.call('SADD', root .. 'running', turn)
redis.call('HSET', look, 'conversation', conversation, 'turn', turn, 'fence', fence)
redis.call('PEXPIRE', look, 60000)
return answer(conversation, turn, fence)
