-- ARGV: kind, id.
return load(ARGV[1], ARGV[2], now_us() / 1e6)
