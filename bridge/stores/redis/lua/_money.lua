-- Amounts are whole numbers of any sign, as text: Lua's numbers are exact up to 2^53 only. Redis itself adds them.

-- Whether a + b > limit, all of them at least 0.
local function exceeds(a, b, limit)
  local function parts(text) return tonumber(string.sub(text, 1, -16)) or 0, tonumber(string.sub(text, -15)) end
  local a_high, a_low = parts(a)
  local b_high, b_low = parts(b)
  local high, low = parts(limit)
  local sum_low = a_low + b_low
  local carry = math.floor(sum_low / 1e15)
  local sum_high = a_high + b_high + carry
  if sum_high ~= high then return sum_high > high end
  return sum_low - carry * 1e15 > low
end

-- A span as the server's expiry takes it: a little longer, because what counts is what is written in the key.
local function in_ms(span_us) return math.max(1, math.ceil(span_us / 1000)) + 1000 end

-- What is booked and set aside in an account, '0' when it is forgotten.
local function total(account, now)
  local kept = redis.call('HMGET', root .. 'account:' .. account, 'amount', 'forget_at')
  if kept[1] and tonumber(kept[2]) > now then return kept[1] end
  return '0'
end
