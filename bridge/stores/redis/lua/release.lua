-- ARGV[4]: holder.
local it = level()
local place = place_of(it, ARGV[4])
if place then
  table.remove(it.held, place)
  keep(it)
end
