-- A call that was under way has ended: that which began first.
local it = level()
if #it.calls > 0 then
  table.remove(it.calls, 1)
  keep(it)
end
