-- KEYS are the index sets of what a search names. ARGV: what the answer begins with, the prefix of all keys, and the user, the client
-- and the family that are searched for, '' for any.

-- matches reports whether a record, by its owners, is among those searched for. One that cannot be read is: it is in an index set of
-- what is searched for.
local function matches(found)
  for i = 1, 3 do
    if found and ARGV[2 + i] ~= '' and ARGV[2 + i] ~= found[i] then
      return false
    end
  end
  return true
end

-- search calls use with the key, the ID, the record and its owners for each that matches, until that returns true.
local function search(use)
  local index, size = nil, math.huge
  for _, key in ipairs(KEYS) do
    local n = redis.call('ZCARD', key)
    if n < size then
      index, size = key, n
    end
  end
  for from = 0, size - 1, 500 do
    local ids, keys = redis.call('ZRANGE', index, from, from + 499), {}
    for i, id in ipairs(ids) do
      keys[i] = ARGV[2] .. 't' .. id
    end
    for i, record in ipairs(redis.call('MGET', unpack(keys))) do
      if record then -- it has not expired
        local found = owners(record)
        if matches(found) and use(keys[i], ids[i], record, found) then
          return
        end
      end
    end
  end
end
