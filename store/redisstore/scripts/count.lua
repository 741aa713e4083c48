-- Counts an event in each of KEYS, all or nothing: whatever can fail comes before the first write. ARGV: what the answer begins with, the
-- time, the event; then for each counter the time up to which its events are over, the last rank to be forgotten, and for how many
-- milliseconds it is of use.
local there = {}
for i, key in ipairs(KEYS) do
  local at = redis.call('ZSCORE', key, ARGV[3])
  there[i] = at and tonumber(at) > tonumber(ARGV[3 * i + 1])
end
for i, key in ipairs(KEYS) do
  if not there[i] then
    redis.call('ZADD', key, ARGV[2], ARGV[3])
    redis.call('ZREMRANGEBYRANK', key, 0, ARGV[3 * i + 2])
    -- By the server's clock this is a length of time and no moment, so that it need not agree with that of the caller. The latest event
    -- may be one from the future.
    local latest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
    local use = math.ceil((latest - ARGV[2]) / 1000) + ARGV[3 * i + 3]
    if redis.call('PTTL', key) < use then
      redis.call('PEXPIRE', key, string.format('%.0f', use))
    end
  end
end
return {ARGV[1], 'done'}
