-- ARGV[4]: seconds. What was thought to be left is not there: the platform says so.
local it = level()
it.paused = math.max(it.paused, now + tonumber(ARGV[4]) * SECOND)
it.tokens = 0
keep(it)
