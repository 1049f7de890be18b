-- The newest finished turns of a conversation, oldest first: {{id, body}, ...}.
local conversation, turns_max = ARGV[1], tonumber(ARGV[2])
local told = {}
if turns_max < 1 then return told end
for _, turn in ipairs(redis.call('LRANGE', root .. 'said:' .. conversation, -turns_max, -1)) do
  told[#told + 1] = {turn, redis.call('HGET', root .. 'bodies:' .. conversation, turn) or ''}
end
return told
