-- ARGV: accounts. Returns the amount of each, as text.
local now = now_ms()
local amounts = {}
for at, account in ipairs(ARGV) do amounts[at] = total(account, now) end
return amounts
