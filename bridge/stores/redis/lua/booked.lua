-- ARGV: accounts. Returns the amount of each, as text.
local now = now_us()
local amounts = {}
for at, account in ipairs(ARGV) do amounts[at] = total(account, now) end
return amounts
