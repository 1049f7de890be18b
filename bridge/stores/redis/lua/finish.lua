-- Close a turn and keep it, or nothing of it when `body` is empty; give the conversation back.
local conversation, fence, turn, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local turns_max, quiet_ms, unread = tonumber(ARGV[5]), ARGV[6], ARGV[7] == '1'
local this, said, bodies = root .. 'turn:' .. turn, root .. 'said:' .. conversation, root .. 'bodies:' .. conversation

if not owned(conversation, fence) then
  -- Made again because its answer was lost: it is done.
  if redis.call('HGET', this, 'by') == fence and redis.call('HGET', bodies, turn) == body then return 1 end
  return LOST
end

redis.call('LREM', root .. 'turns:' .. conversation, 1, turn)
redis.call('HSET', this, 'state', 'finished', 'by', fence)
redis.call('HDEL', this, 'n', 'at', 'attempts')
redis.call('PEXPIRE', this, quiet_ms)
redis.call('DEL', root .. 'steps:' .. turn)
if unread then  -- its messages stay as they are, for whoever looks into it
  redis.call('PEXPIRE', root .. 'in:' .. turn, quiet_ms)
else
  redis.call('DEL', root .. 'in:' .. turn)
end

if body ~= '' then
  redis.call('RPUSH', said, turn)
  redis.call('HSET', bodies, turn, body)
  while redis.call('LLEN', said) > turns_max do
    local oldest = redis.call('LPOP', said)
    redis.call('HDEL', bodies, oldest)
    redis.call('DEL', root .. 'turn:' .. oldest)
  end
  redis.call('PEXPIRE', said, quiet_ms)
  redis.call('PEXPIRE', bodies, quiet_ms)
end

give_back(conversation, turn)
if redis.call('EXISTS', root .. 'turns:' .. conversation) == 1 then
  place(conversation, 0, now_ms())
else
  redis.call('DEL', root .. 'box:' .. conversation)
end
return 1
