-- ARGV: reservation, amount. An account outlives its leases, so it is there.
local key = root .. 'reservation:' .. ARGV[1]
local kept = redis.call('HMGET', key, 'amount', 'until', 'accounts')
if not kept[1] then return end
redis.call('DEL', key)
if tonumber(kept[2]) <= now_us() then return end
for _, account in ipairs(cmsgpack.unpack(kept[3])) do
  local booked = root .. 'account:' .. account
  if kept[1] ~= '0' then redis.call('HINCRBY', booked, 'amount', '-' .. kept[1]) end
  redis.call('HINCRBY', booked, 'amount', ARGV[2])
end
