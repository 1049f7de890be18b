-- Keep a message, once: {its turn, 1 when it is new}.
local event, conversation, candidate, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local inbounds_max, seen_ms, more_ms = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])

local seen = root .. 'seen:' .. event
local known = redis.call('GET', seen)
if known then return {known, 0} end

local now = now_ms()
local turns = root .. 'turns:' .. conversation
local turn = redis.call('LINDEX', turns, -1)
local joins = turn and redis.call('HGET', root .. 'turn:' .. turn, 'state') == 'waiting'
  and redis.call('LLEN', root .. 'in:' .. turn) < inbounds_max
if not joins then
  turn = candidate
  redis.call('HSET', root .. 'turn:' .. turn, 'conversation', conversation, 'state', 'waiting',
    'n', redis.call('INCR', root .. 'arrivals'), 'at', string.format('%.0f', now))
  redis.call('ZADD', root .. 'waiting', string.format('%.0f', now), turn)
  redis.call('RPUSH', turns, turn)
end
redis.call('SET', seen, turn, 'PX', seen_ms)
redis.call('RPUSH', root .. 'in:' .. turn, body)

local box = root .. 'box:' .. conversation
if more_ms > 0 then
  local until_ms = math.max(now + more_ms, tonumber(redis.call('HGET', box, 'rests') or 0))
  redis.call('HSET', box, 'rests', string.format('%.0f', until_ms))
end
if redis.call('HEXISTS', box, 'fence') == 0 and (more_ms > 0 or not joins) then
  local parked = tonumber(redis.call('ZSCORE', root .. 'later', conversation) or 0)
  place(conversation, parked, now)
end
return {turn, 1}
