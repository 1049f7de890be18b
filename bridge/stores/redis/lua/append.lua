-- ARGV: log, key or '', conversation and fence of the claim or '', how many entries are kept, after how many quiet ms the
-- log is forgotten or 0, how many bytes readers are sent, how many old entries leave at once, then the bodies.
-- Returns the id of the last entry.
if ARGV[3] ~= '' and not owned(ARGV[3], ARGV[4]) then return LOST end
local log, keys = root .. 'log:' .. ARGV[1], root .. 'log-keys:' .. ARGV[1]
local kept, quiet, sent_max, gone_max = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
if ARGV[2] ~= '' then
  local known = redis.call('HGET', keys, ARGV[2])
  if known then return tonumber(known) end
end
local function number(entry) return tonumber(string.match(entry[1], '^%d+')) end
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local last = newest and number(newest) or 0
local first = last + 1
for at = 9, #ARGV do
  last = last + 1
  local id = string.format('%.0f-0', last)
  if at == #ARGV and ARGV[2] ~= '' then
    redis.call('XADD', log, id, 'body', ARGV[at], 'key', ARGV[2])
    redis.call('HSET', keys, ARGV[2], last)
  else
    redis.call('XADD', log, id, 'body', ARGV[at])
  end
end
-- Once in a while, so that the usual append takes nothing out; a little more than comes in, so that it ends.
if last > kept and math.floor(last / 50) > math.floor((first - 1) / 50) then
  local to = string.format('%.0f-0', last - kept)
  local gone = redis.call('XRANGE', log, '-', to, 'COUNT', gone_max + #ARGV)
  for _, entry in ipairs(gone) do
    if entry[2][4] then redis.call('HDEL', keys, entry[2][4]) end
  end
  if #gone > 0 then
    redis.call('XTRIM', log, 'MINID', '=', string.format('%.0f-0', number(gone[#gone]) + 1))
  end
end
if quiet ~= '0' then
  redis.call('PEXPIRE', log, quiet)
  redis.call('PEXPIRE', keys, quiet)
end
-- Readers in every process that watch it: the first id, the length of each body, and the bodies; without them when they
-- are long.
local lengths, size = {}, 0
for at = 9, #ARGV do
  lengths[#lengths + 1] = #ARGV[at]
  size = size + #ARGV[at]
end
local head = string.format('%.0f', first)
if size <= sent_max then
  head = head .. ' ' .. table.concat(lengths, ' ') .. '\n' .. table.concat(ARGV, '', 9)
end
redis.call('PUBLISH', log, head)
return last
