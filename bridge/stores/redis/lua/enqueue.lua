-- ARGV: delay in ms, then id, conversation and body of each parcel.
local now = now_ms()
keep_parcels(2, now + tonumber(ARGV[1]), now)
