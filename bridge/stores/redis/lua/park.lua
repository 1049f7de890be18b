-- Give a conversation back unfinished, for nobody before `delay_ms` is over.
local conversation, fence, turn, delay_ms, blame = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'
if not owned(conversation, fence) then return LOST end
local now = now_ms()
local this = root .. 'turn:' .. turn
if not blame then redis.call('HINCRBY', this, 'attempts', -1) end
give_back(conversation, turn)
redis.call('ZADD', root .. 'waiting', redis.call('HGET', this, 'at'), turn)
place(conversation, now + delay_ms, now)
return 1
