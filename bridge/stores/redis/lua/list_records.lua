-- ARGV: kind, 'open' or 'due', how many. Returns them in order; those that are over leave the sets.
local kind, limit, now_s = ARGV[1], tonumber(ARGV[3]), now_us() / 1e6
local set, highest = open_of(kind), '+inf'
if ARGV[2] == 'due' then set, highest = due_of(kind), now_s end
local found, seen = {}, 0
while #found < limit do
  local names = redis.call('ZRANGEBYSCORE', set, '-inf', highest, 'LIMIT', seen, limit)
  if #names == 0 then break end
  for _, name in ipairs(names) do
    local kept = load(kind, id_of(name), now_s)
    if kept and kept[7] == name then
      seen = seen + 1
      if #found < limit then found[#found + 1] = kept end
    else
      forget(kind, name)
    end
  end
end
return found
