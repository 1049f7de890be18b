-- One turn in any state: {conversation, body when it is finished, its messages when it is not}; {} when there is none.
local turn = ARGV[1]
local found = redis.call('HMGET', root .. 'turn:' .. turn, 'conversation', 'state')
if not found[1] then return {} end
if found[2] == 'finished' then
  return {found[1], redis.call('HGET', root .. 'bodies:' .. found[1], turn) or '', {}}
end
return {found[1], '', redis.call('LRANGE', root .. 'in:' .. turn, 0, -1)}
