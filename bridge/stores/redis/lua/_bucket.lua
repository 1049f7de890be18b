-- A token bucket: its level, who has a place (in the order of asking, each until a time) and until when each call under
-- way counts. The same rules as QuotasInMemory; times are whole microseconds of the server's clock.
-- ARGV[1..3] of every script that uses it: key, capacity, refill per second.
local key, capacity, refill = root .. 'bucket:' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_us()

local SECOND = 1e6
local ROUNDING = 1e-9
-- Who needs the token of a call that is under way does not ask again sooner: nobody knows when the call ends.
local UNDER_WAY_LOOK_S = 0.25

-- Those of a list whose time is not over; `time_of` finds it in an item.
local function current(items, time_of)
  local kept = {}
  for _, item in ipairs(items) do
    if time_of(item) > now then kept[#kept + 1] = item end
  end
  return kept
end

-- The bucket as it is now: a full one when there is none.
local function level()
  local packed = redis.call('GET', key)
  if not packed then return { tokens = capacity, paused = 0, held = {}, calls = {} } end
  local tokens, at, paused, held, calls = unpack(cmsgpack.unpack(packed))
  tokens = math.min(capacity - #calls, tokens + math.max(0, now - at) / SECOND * refill)
  local it = {
    tokens = tokens,
    paused = paused,
    held = current(held, function(place) return place[2] end),
    calls = current(calls, function(until_us) return until_us end),
  }
  -- The token of a call comes back from when its end was seen.
  it.seen_to_end = #it.calls < #calls
  return it
end

-- Kept until it is full again and unused, whatever happens.
local function keep(it)
  local last = math.max(now, it.paused)
  for _, place in ipairs(it.held) do last = math.max(last, place[2]) end
  for _, until_us in ipairs(it.calls) do last = math.max(last, until_us) end
  local full_s = (capacity - math.min(it.tokens, 0)) / refill
  local packed = cmsgpack.pack({ it.tokens, now, it.paused, it.held, it.calls })
  redis.call('SET', key, packed, 'PX', math.min(math.ceil((last - now) / 1000 + full_s * 1000) + 1000, 2 ^ 50))
end

-- The place of a holder in the order of asking; nothing without one.
local function place_of(it, holder)
  for at, place in ipairs(it.held) do
    if place[1] == holder then return at end
  end
end

-- Seconds until so many tokens are there; where that takes the end of calls under way, until it is worth asking again.
local function wait_s(it, wanted)
  local wait = math.max((it.paused - now) / SECOND, 0)
  local missing = wanted - it.tokens
  if missing > ROUNDING then
    wait = math.max(wait, missing / refill)
    if #it.calls > 0 and wanted > capacity - #it.calls then wait = math.max(wait, UNDER_WAY_LOOK_S) end
  end
  if wait == 0 then return 0 end
  return math.ceil(wait * SECOND) / SECOND
end

local function exact(number) return string.format('%.17g', number) end
