-- Mailboxes. A conversation with unfinished turns (`turns:ID`, oldest first) is in exactly one of
--   ready   claimable: by the arrival of its oldest turn
--   later   parked, or more of a message may follow: by the time when it is free
--   leases  owned: by the time when the lease ends
-- and `box:ID` holds its owner's fence, if any, and until when it rests. A lease that has ended leaves the fence in place
-- until somebody else claims: its owner may go on until then.

-- Wake one waiting claimer for each conversation that is ready, and no more: what is left over would wake for nothing.
local function ring()
  local bell = root .. 'bell'
  local missing = math.min(redis.call('ZCARD', root .. 'ready'), 64) - redis.call('LLEN', bell)
  for _ = 1, missing do redis.call('LPUSH', bell, '1') end
end

local function make_ready(conversation)
  local head = redis.call('LINDEX', root .. 'turns:' .. conversation, 0)
  if head then
    redis.call('ZADD', root .. 'ready', redis.call('HGET', root .. 'turn:' .. head, 'n'), conversation)
  end
end

-- Nobody has the conversation: it may be claimed from `free_at` on, unless it rests for longer.
local function place(conversation, free_at, now)
  local rests = tonumber(redis.call('HGET', root .. 'box:' .. conversation, 'rests') or 0)
  local at = math.max(free_at, rests)
  if at <= now then
    redis.call('ZREM', root .. 'later', conversation)
    make_ready(conversation)
    ring()
  else
    redis.call('ZREM', root .. 'ready', conversation)
    redis.call('ZADD', root .. 'later', string.format('%.0f', at), conversation)
  end
end

-- The claim is over: its conversation is nobody's, and nowhere until it is placed.
local function give_back(conversation, turn)
  redis.call('HDEL', root .. 'box:' .. conversation, 'fence')
  redis.call('ZREM', root .. 'leases', conversation)
  redis.call('ZREM', root .. 'ready', conversation)
  redis.call('SREM', root .. 'running', turn)
end
