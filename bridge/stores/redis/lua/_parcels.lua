-- Parcels of the outbox: `parcels` says in whose queue each is. Each queue (a conversation) is a list of ids; its first,
-- the head, is in exactly one of `outbox:ready` (by its number) and `outbox:later` (by when it is due, or its lease
-- ends). Nothing else is handed out.

local function queue_of(conversation) return root .. 'outbox:of:' .. conversation end

-- Puts a queue where its head belongs.
local function place(conversation, now)
  local id = redis.call('LINDEX', queue_of(conversation), 0)
  redis.call('ZREM', root .. 'outbox:ready', conversation)
  redis.call('ZREM', root .. 'outbox:later', conversation)
  if not id then return end
  local head = redis.call('HMGET', root .. 'parcel:' .. id, 'number', 'due')
  if tonumber(head[2]) <= now then
    redis.call('ZADD', root .. 'outbox:ready', head[1], conversation)
  else
    redis.call('ZADD', root .. 'outbox:later', head[2], conversation)
  end
end

-- Keeps the parcels of ARGV from `first` on (id, conversation, body), due at a time. One whose id is there is kept as it
-- is. So is one that has landed since the newest parcel of its queue came: an enqueue that is made again, because its
-- answer was lost, changes nothing.
local function keep_parcels(first, due, now)
  for at = first, #ARGV, 3 do
    local id, conversation, body = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    local landed = root .. 'landed:' .. conversation
    if redis.call('HEXISTS', root .. 'parcels', id) == 0 and redis.call('SISMEMBER', landed, id) == 0 then
      local number = redis.call('INCR', root .. 'outbox:numbers')
      redis.call('HSET', root .. 'parcel:' .. id, 'body', body, 'attempts', 0, 'number', number, 'due', due)
      redis.call('HSET', root .. 'parcels', id, conversation)
      if redis.call('RPUSH', queue_of(conversation), id) == 1 then place(conversation, now) end
      redis.call('DEL', landed)
    end
  end
end
