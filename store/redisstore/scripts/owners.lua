-- owners returns the user, the client and the family of a record, or nil for something else. Every version of the form has them in
-- this place, so that a program can delete the records of a newer one.
local function owners(record)
  local at, found = 50, {} -- Lua counts from 1
  for i = 1, 3 do
    local length, scale, byte = 0, 1, nil
    repeat
      byte = string.byte(record, at)
      if not byte or scale > 2097152 then
        return nil
      end
      length = length + byte % 128 * scale
      scale = scale * 128
      at = at + 1
    until byte < 128
    if at + length - 1 > #record then
      return nil
    end
    found[i] = string.sub(record, at, at + length - 1)
    at = at + length
  end
  return found
end

-- The letters of the index sets, in the order of owners.
local letters = {'u', 'c', 'f'}
