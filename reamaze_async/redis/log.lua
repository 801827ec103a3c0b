-- One call of one process, taken as a whole, by this server's clock.
--
-- KEYS: the log, its state, the turns under way, their leases, the limits that processes have
--       named, the number of the caller's last call.
-- ARGV: the call, as JSON; see `Call` in facts.py.
--
-- The log's entries are "MICROSECONDS JSON". `total` have been appended so far, `first` of them
-- trimmed away again, `begun` tell of a turn, and `moved` could speak against one. `open` turns are
-- under way. `ahead` is what its time is ahead of this server's clock, since that was set back.

-- Redis before 7: write what was done to replicas, not the script, which reads the clock.
if redis.replicate_commands then redis.replicate_commands() end

local LOG, STATE, TURNS, LEASES, LIMITS, CALLER = unpack(KEYS)
local DAY, HOUR, LEAP = 86400, 3600, 2000000
local call = cjson.decode(ARGV[1])

local time = redis.call('TIME')
local state = redis.call('HMGET', STATE, 'epoch', 'now', 'total', 'first', 'begun', 'moved', 'held',
  'open', 'ahead')
local epoch = state[1]
local total, first = tonumber(state[3] or 0), tonumber(state[4] or 0)
local begun, moved = tonumber(state[5] or 0), tonumber(state[6] or 0)
local held, open = tonumber(state[7] or 0), tonumber(state[8] or 0)

-- A clock that was set back goes on from where it stood. If it leaps afterwards, it may be set right
-- again: then only as much time has passed as the caller has seen pass.
local clock, last = time[1] * 1000000 + time[2], tonumber(state[2] or 0)
local now = math.max(clock + tonumber(state[9] or 0), last)
if now - last > LEAP then
  now = math.max(clock, last, math.min(now, call.not_before))
end

-- To make room Redis may drop one key, and keep the others: half a log is none.
local length, taken, leased =
  redis.call('LLEN', LOG), redis.call('HLEN', TURNS), redis.call('ZCARD', LEASES)
if not epoch or length ~= total - first or taken ~= open or leased ~= open then
  redis.call('DEL', LOG, STATE, TURNS, LEASES)
  epoch, total, first, begun, moved, held = false, 0, 0, 0, 0, 0
end

local function digits(number)
  return string.format('%.0f', number)
end

local function append(json)
  local entry = digits(now) .. ' ' .. json
  redis.call('RPUSH', LOG, entry)
  total = total + 1
  return entry
end

local function begin(turn, json)
  redis.call('HSET', TURNS, turn, append(json))
  redis.call('ZADD', LEASES, digits(now + call.lease), turn)
  begun = begun + 1
end

local function finish(turn, json)
  if redis.call('HDEL', TURNS, turn) == 1 then
    redis.call('ZREM', LEASES, turn)
    append(json)
    return true
  end
  return false
end

-- A call that comes late, after its caller has gone on without it, does nothing; one that comes
-- twice is answered again.
local last_call = tonumber(redis.call('GET', CALLER) or -1)
if call.number < last_call then
  return redis.error_reply('STALE a later call of this process was taken already')
end
local is_new = call.number > last_call

-- Is this the log that the caller has read? If Redis came back empty, or without its latest
-- writes, it isn't: a new life begins, in which nothing begins before the window is over in
-- which requests may have been sent that this log doesn't know.
local is_known = epoch == call.epoch and call.seen <= total
if is_known and call.seen > first then
  is_known = redis.call('LINDEX', LOG, call.seen - first - 1) == call.last
end
local is_lost = call.epoch ~= '' and not is_known
if not epoch or (is_lost and epoch == call.epoch) then
  epoch, held = call.fresh, 0
end
local hold = held == 0 and call.hold or call.rest
if is_lost and is_new and hold > 0 and now + hold > held then
  held = now + hold
  append('["held",' .. digits(held) .. ']')
  moved = moved + 1
end
local is_whole = not is_known or call.seen < first

-- The turns of the dead come back.
for _, turn in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', digits(now), 'LIMIT', 0, 64)) do
  if not finish(turn, '["lost","' .. turn .. '"]') then
    redis.call('ZREM', LEASES, turn)
  end
end

-- The limits that living processes have named.
if call.limit ~= '' then
  redis.call('ZADD', LIMITS, digits(now), call.limit)
end
redis.call('ZREMRANGEBYSCORE', LIMITS, '-inf', digits(now - call.retain))
local limits = redis.call('ZRANGE', LIMITS, 0, -1)
table.sort(limits)
limits = table.concat(limits, ' ')

if is_new then
  for _, ended in ipairs(call.ended) do
    if finish(ended[1], ended[2]) then moved = moved + ended[3] end
  end
  if is_known then
    for _, known in ipairs(call.adopted) do
      if redis.call('HEXISTS', TURNS, known[1]) == 0 then begin(known[1], known[2]) end
    end
  end
  for _, turn in ipairs(call.renewed) do
    redis.call('ZADD', LEASES, 'XX', digits(now + call.lease), turn)
  end
  local is_decided = is_known and call.moved == moved and call.limits == limits
  if is_decided and now >= call.not_before then
    for _, wanted in ipairs(call.wanted) do
      if begun - call.begun > call.spare then break end
      begin(wanted[1], wanted[2])
    end
  end
end
local granted = {}
for _, wanted in ipairs(call.wanted) do
  if redis.call('HEXISTS', TURNS, wanted[1]) == 1 then granted[#granted + 1] = wanted[1] end
end

local from = is_whole and first or call.seen
local entries = redis.call('LRANGE', LOG, from - first, -1)
local turns = is_whole and redis.call('HVALS', TURNS) or {}

for _ = 1, math.min(100, total - first - call.keep) do
  local head = redis.call('LINDEX', LOG, 0)
  if tonumber(string.match(head, '^%d+')) > now - call.retain then break end
  redis.call('LPOP', LOG)
  first = first + 1
end
redis.call('HSET', STATE, 'epoch', epoch, 'now', digits(now), 'total', total, 'first', first,
  'begun', begun, 'moved', moved, 'held', digits(held), 'open', redis.call('HLEN', TURNS),
  'ahead', digits(now - clock))
redis.call('SET', CALLER, call.number, 'EX', HOUR)
for place = 1, 5 do redis.call('EXPIRE', KEYS[place], DAY) end

return {digits(now), epoch, is_whole and 1 or 0, is_lost and 1 or 0, from + #entries, begun, moved,
  limits, granted, entries, turns}
