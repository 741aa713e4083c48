-- milliseconds returns the time of the clock by which this server lets keys expire.
local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- add writes n new records under KEYS[first] and those after it. ARGV has six for each, from arg on: the record, when it goes, the
-- token's ID, and where in KEYS its index sets are, 0 for none.
--
-- The index sets come first: should one of them turn out not to be one, nothing can be seen of it. The first write is also where a
-- server that is full or read-only refuses; once a script has written, Redis lets it go on to its end.
local function add(first, n, arg)
  local now, last, there = milliseconds(), {}, {}
  for i = 0, n - 1 do
    local a = arg + 6 * i
    local goes = tonumber(ARGV[a + 1])
    there[i] = goes > now
    for j = 3, 5 do
      local index = tonumber(ARGV[a + j])
      if there[i] and index > 0 then
        redis.call('ZADD', KEYS[index], ARGV[a + 1], ARGV[a + 2])
        last[index] = math.max(last[index] or 0, goes)
      end
    end
  end
  for index, goes in pairs(last) do
    -- More are cleared away than come, so that an index set has hardly more members than there are tokens. It goes up to an hour
    -- after its last token, so that its own expiry need not be set with each.
    local gone = redis.call('ZRANGEBYSCORE', KEYS[index], '-inf', '(' .. string.format('%.0f', now), 'LIMIT', 0, 8)
    if #gone > 0 then
      redis.call('ZREM', KEYS[index], unpack(gone))
    end
    local left = redis.call('PTTL', KEYS[index])
    if left < 0 or now + left < goes then
      redis.call('PEXPIREAT', KEYS[index], string.format('%.0f', goes + 3600000))
    end
  end
  for i = 0, n - 1 do
    if there[i] then
      redis.call('SET', KEYS[first + i], ARGV[arg + 6 * i], 'PXAT', ARGV[arg + 6 * i + 1])
    end
  end
end
