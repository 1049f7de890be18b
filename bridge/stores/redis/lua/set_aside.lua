-- ARGV: reservation, amount, lease in microseconds, then account, limit and time to live in microseconds of each cap. Returns 0, or the place
-- of the first cap without room: then nothing was written.
local now = now_us()
local reservation = root .. 'reservation:' .. ARGV[1]
local ends = redis.call('HGET', reservation, 'until')
if ends and tonumber(ends) > now then return 0 end
local amount = ARGV[2]
ends = now + tonumber(ARGV[3])
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
  redis.call('PEXPIRE', key, in_ms(forget_at - now))
  accounts[#accounts + 1] = account
end
redis.call('HSET', reservation, 'amount', amount, 'until', ends, 'accounts', cmsgpack.pack(accounts))
redis.call('PEXPIRE', reservation, in_ms(ends - now))
return 0
