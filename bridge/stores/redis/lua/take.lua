-- ARGV: lease in microseconds, how many, how many queues may be moved in one step. Returns id, conversation, body and attempts of
-- each. A lease is nothing but a later due time: what nobody settles is due again.
local now = now_us()
local due = redis.call('ZRANGEBYSCORE', root .. 'outbox:later', '-inf', now, 'LIMIT', 0, ARGV[3])
for _, conversation in ipairs(due) do place(conversation, now) end
local ends = now + tonumber(ARGV[1])
local taken = {}
for _, conversation in ipairs(redis.call('ZRANGE', root .. 'outbox:ready', 0, tonumber(ARGV[2]) - 1)) do
  local id = redis.call('LINDEX', queue_of(conversation), 0)
  local key = root .. 'parcel:' .. id
  local attempts = redis.call('HINCRBY', key, 'attempts', 1)
  redis.call('HSET', key, 'due', ends)
  place(conversation, now)
  taken[#taken + 1] = { id, conversation, redis.call('HGET', key, 'body'), attempts }
end
return taken
