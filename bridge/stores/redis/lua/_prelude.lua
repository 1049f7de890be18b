-- Put before every script. KEYS[1] is what all names begin with; every key a script touches is in its slot.
local root = KEYS[1]

-- The server's clock, the only one that workers share: in microseconds, and in whole milliseconds.
local function now_us()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1e6 + tonumber(t[2])
end
local function now_ms() return math.floor(now_us() / 1000) end

-- Whether a claim is still the newest of its conversation. Every write under a claim asks first, in the same step.
local function owned(conversation, fence)
  return redis.call('HGET', root .. 'box:' .. conversation, 'fence') == fence
end
local LOST = redis.error_reply('LEASELOST')
