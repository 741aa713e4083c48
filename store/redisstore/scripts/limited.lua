-- Returns for each of KEYS when the earliest of its latest events happened, as many as ARGV says at the counter's place, or '' if it has fewer.
-- ARGV: what the answer begins with, then minus that number for each.
local answer = {ARGV[1], 'done'}
for i, key in ipairs(KEYS) do
  local at = redis.call('ZRANGE', key, ARGV[i + 1], ARGV[i + 1], 'WITHSCORES')[2]
  answer[i + 2] = at and string.format('%.0f', at) or '' -- servers differ in how they write large numbers
end
return answer
