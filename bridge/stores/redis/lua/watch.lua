-- What somebody who watches a log has not seen: ARGV: log, the first id, how many, after how many quiet ms a log is
-- forgotten or 0. A log that is watched is not forgotten: ids that began anew would be below its reader's cursor.
local log, keys = root .. 'log:' .. ARGV[1], root .. 'log-keys:' .. ARGV[1]
local quiet = tonumber(ARGV[4])
if quiet > 0 then
  local left = redis.call('PTTL', log)
  if left > 0 and left < quiet / 2 then
    redis.call('PEXPIRE', log, ARGV[4])
    redis.call('PEXPIRE', keys, ARGV[4])
  end
end
return redis.call('XRANGE', log, ARGV[2], '+', 'COUNT', ARGV[3])
