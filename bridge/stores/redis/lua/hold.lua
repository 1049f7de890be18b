-- ARGV[4..6]: holder, time to live in seconds, reserve or ''. Returns the seconds to wait, 0 when the token is set aside.
local holder, ends = ARGV[4], now + tonumber(ARGV[5]) * SECOND
local it = level()
local place = place_of(it, holder)
if place then
  it.held[place][2] = ends
else
  if ARGV[6] ~= '' then
    local wait = wait_s(it, 1 + tonumber(ARGV[6]) + #it.held)
    if wait > 0 then
      if it.seen_to_end then keep(it) end
      return exact(wait)
    end
  end
  it.held[#it.held + 1] = { holder, ends }
end
keep(it)
return '0'
