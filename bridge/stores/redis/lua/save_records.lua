-- ARGV: conversation and fence of the claim or '', how many that are over are swept in one step, the number of records,
-- then kind, id, body, version, open (1 or 0), due and forget ('' or seconds) of each, then the parcels.
-- Returns 1, or 0 when one of them is not the version that is stored: then nothing was written.
if ARGV[1] ~= '' and not owned(ARGV[1], ARGV[2]) then return LOST end
local now = now_us()
local now_s = now / 1e6
local count, first = tonumber(ARGV[4]), 5
for at = first, first + 7 * count - 1, 7 do
  local kept = load(ARGV[at], ARGV[at + 1], now_s)
  if ARGV[at + 3] ~= (kept and kept[3] or '0') then return 0 end
end
for at = first, first + 7 * count - 1, 7 do
  local kind, id, version, due, ends = ARGV[at], ARGV[at + 1], ARGV[at + 3], ARGV[at + 5], ARGV[at + 6]
  local key = record_key(kind, id)
  local name = redis.call('HGET', key, 'name')
  if not name then name = string.format('%016.0f:', redis.call('INCR', root .. 'records:numbers')) .. id end
  redis.call('HSET', key, 'body', ARGV[at + 2], 'version', tonumber(version) + 1, 'open', ARGV[at + 4],
    'due', due, 'forget', ends, 'name', name)
  forget(kind, name)
  if ARGV[at + 4] == '1' then redis.call('ZADD', open_of(kind), string.sub(name, 1, 16), name) end
  if due ~= '' then redis.call('ZADD', due_of(kind), due, name) end
  if ends == '' then
    redis.call('PERSIST', key)
  else
    redis.call('ZADD', over_of(kind), ends, name)
    redis.call('PEXPIRE', key, string.format('%.0f', math.max(1, (tonumber(ends) - now_s) * 1000 + 1000)))
  end
  for _, over in ipairs(redis.call('ZRANGEBYSCORE', over_of(kind), '-inf', now_s, 'LIMIT', 0, ARGV[3])) do
    redis.call('DEL', record_key(kind, id_of(over)))
    forget(kind, over)
  end
end
keep_parcels(first + 7 * count, now, now)
return 1
