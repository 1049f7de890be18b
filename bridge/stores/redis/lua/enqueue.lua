-- ARGV: delay in microseconds, then id, conversation and body of each parcel.
local now = now_us()
keep_parcels(2, now + tonumber(ARGV[1]), now)
