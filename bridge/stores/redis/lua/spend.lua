-- ARGV[4..7]: tokens, reserve, holder or '', seconds that a call may be under way or 0. Returns the seconds to wait.
local tokens, reserve, holder, call_s = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local it = level()
local place = place_of(it, holder)
local wait = wait_s(it, tokens + reserve + (place and place - 1 or #it.held))
if wait == 0 and tokens ~= 0 then -- who only looks keeps the place
  it.tokens = it.tokens - tokens
  if place then table.remove(it.held, place) end
  if call_s ~= 0 then it.calls[#it.calls + 1] = now + call_s * SECOND end
  keep(it)
elseif it.seen_to_end then
  keep(it)
end
return exact(wait)
