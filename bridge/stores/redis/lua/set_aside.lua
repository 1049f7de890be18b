-- ARGV: reservation, amount, lease in ms, then account, limit and time to live in ms of each cap. Returns 0, or the place
-- of the first cap without room: then nothing was written.
local now = now_ms()
local reservation = root .. 'reservation:' .. ARGV[1]
local until_ms = redis.call('HGET', reservation, 'until')
if until_ms and tonumber(until_ms) > now then return 0 end
local amount, ends = ARGV[2], now + tonumber(ARGV[3])
for at = 4, #ARGV, 3 do
  if exceeds(total(ARGV[at], now), amount, ARGV[at + 1]) then return (at - 1) / 3 end
end
local accounts = {}
for at = 4, #ARGV, 3 do
  local account, key = ARGV[at], root .. 'account:' .. ARGV[at]
  local forget_at = tonumber(redis.call('HGET', key, 'forget_at') or 0)
  if forget_at <= now then redis.call('HSET', key, 'amount', '0') end
  redis.call('HINCRBY', key, 'amount', amount)
  forget_at = math.max(forget_at, ends + tonumber(ARGV[at + 2]))
  redis.call('HSET', key, 'forget_at', forget_at)
  redis.call('PEXPIRE', key, forget_at - now)
  accounts[#accounts + 1] = account
end
redis.call('HSET', reservation, 'amount', amount, 'until', ends, 'accounts', cmsgpack.pack(accounts))
redis.call('PEXPIRE', reservation, math.max(1, ends - now))
return 0
