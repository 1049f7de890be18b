-- Records: a hash each, and for each kind three sorted sets of names: those that are open by the number of their
-- beginning, those that become due by when, those that are forgotten by when. A name in the sets is the number, so wide
-- that names of the same score stand in the order of their beginning, a colon and the id.

local function record_key(kind, id) return root .. 'record:' .. kind .. ':' .. id end
local function open_of(kind) return root .. 'records:open:' .. kind end
local function due_of(kind) return root .. 'records:due:' .. kind end
local function over_of(kind) return root .. 'records:over:' .. kind end
local function id_of(name) return string.sub(name, 18) end

-- Takes a name out of the sets, and its record with it when that is over.
local function forget(kind, name)
  redis.call('ZREM', open_of(kind), name)
  redis.call('ZREM', due_of(kind), name)
  redis.call('ZREM', over_of(kind), name)
end

-- A record as fields in a fixed order: id, body, version, open, due, forget, name. Nothing when there is none any more.
local function load(kind, id, now_s)
  local key = record_key(kind, id)
  local kept = redis.call('HMGET', key, 'body', 'version', 'open', 'due', 'forget', 'name')
  if not kept[1] then return end
  if kept[5] ~= '' and tonumber(kept[5]) <= now_s then
    redis.call('DEL', key)
    forget(kind, kept[6])
    return
  end
  return { id, unpack(kept) }
end
