-- How full it is: {turns that wait, turns that run, age in ms of the oldest that waits, parcels}.
local oldest = redis.call('ZRANGE', root .. 'waiting', 0, 0, 'WITHSCORES')[2]
return {redis.call('ZCARD', root .. 'waiting'), redis.call('SCARD', root .. 'running'),
  oldest and math.max(0, now_ms() - tonumber(oldest)) or 0, redis.call('HLEN', root .. 'parcels')}
