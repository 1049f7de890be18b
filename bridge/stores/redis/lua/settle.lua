-- ARGV: id, attempts, '' when it landed or in how many microseconds it is due again, how long landed ids are known in ms.
local key = root .. 'parcel:' .. ARGV[1]
local conversation = redis.call('HGET', root .. 'parcels', ARGV[1])
if not conversation then return end
local now = now_us()
if ARGV[3] == '' then
  redis.call('DEL', key)
  redis.call('LREM', queue_of(conversation), 1, ARGV[1])
  redis.call('HDEL', root .. 'parcels', ARGV[1])
  redis.call('SADD', root .. 'landed:' .. conversation, ARGV[1])
  redis.call('PEXPIRE', root .. 'landed:' .. conversation, ARGV[4])
elseif redis.call('HGET', key, 'attempts') == ARGV[2] then
  -- A settler that comes too late does not take the parcel from the one who got it since.
  redis.call('HSET', key, 'due', now + tonumber(ARGV[3]))
end
place(conversation, now)
