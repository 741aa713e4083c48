-- Deletes a token and returns it. KEYS: the token. ARGV: what the answer begins with, the prefix of all keys, the version of records.
local record = redis.call('GET', KEYS[1])
if not record then
  return {ARGV[1], 'unknown'}
end
local found = owners(record)
if not found or string.byte(record) ~= tonumber(ARGV[3]) then
  return {ARGV[1], 'unreadable'}
end
-- Whatever can fail comes before the first write: in a cluster that is moving these keys, looking at one that has left is an error.
local indexes = {}
for i = 1, 3 do
  local index = ARGV[2] .. letters[i] .. found[i]
  if found[i] ~= '' and redis.call('EXISTS', index) == 1 then
    indexes[#indexes + 1] = index
  end
end
redis.call('DEL', KEYS[1])
for _, index in ipairs(indexes) do
  redis.call('ZREM', index, string.sub(KEYS[1], #ARGV[2] + 2))
end
return {ARGV[1], 'done', record}
