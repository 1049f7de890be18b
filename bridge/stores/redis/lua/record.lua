-- Write a step of a turn down.
local conversation, fence, turn, key, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if not owned(conversation, fence) then return LOST end
redis.call('HSET', root .. 'steps:' .. turn, key, body)
return 1
