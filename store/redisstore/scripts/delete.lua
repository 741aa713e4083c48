-- Deletes the tokens that match, all or nothing: whatever can fail comes before the first write, see take.lua.
local tokens, indexes = {}, {} -- the keys to delete; the IDs to take out of each index set
search(function(key, id, record, found)
  tokens[#tokens + 1] = key
  for i = 1, 3 do
    if found and found[i] ~= '' then
      local index = ARGV[2] .. letters[i] .. found[i]
      indexes[index] = indexes[index] or {}
      table.insert(indexes[index], id)
    end
  end
end)
if #KEYS == 1 then -- all that there is in this index set
  indexes[KEYS[1]] = nil
end
for index in pairs(indexes) do
  if redis.call('EXISTS', index) == 0 then
    indexes[index] = nil
  end
end
for from = 1, #tokens, 500 do
  redis.call('DEL', unpack(tokens, from, math.min(from + 499, #tokens)))
end
if #KEYS == 1 then
  redis.call('DEL', KEYS[1])
end
for index, ids in pairs(indexes) do
  for from = 1, #ids, 500 do
    redis.call('ZREM', index, unpack(ids, from, math.min(from + 499, #ids)))
  end
end
return {ARGV[1], 'done'}
