-- Keep a claim for longer; one whose lease has ended, too, while nobody else has its conversation.
local conversation, fence, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
if not owned(conversation, fence) then return LOST end
redis.call('ZREM', root .. 'ready', conversation)
redis.call('ZADD', root .. 'leases', string.format('%.0f', now_ms() + lease_ms), conversation)
return 1
