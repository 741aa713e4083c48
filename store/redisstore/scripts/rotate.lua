-- Marks a token as spent and creates the next ones, all or nothing. KEYS: the old token, n next ones, their index sets. ARGV: what the
-- answer begins with and the nonce of the rotation, 8 bytes; the version of records; SpentAt, 8 bytes; 1 if one of next occurs twice;
-- n; what add wants.
local old = redis.call('GET', KEYS[1])
if not old then
  return {ARGV[1], 'unknown'}
end
if #old < 49 or string.byte(old) ~= tonumber(ARGV[2]) then
  return {ARGV[1], 'unreadable'}
end
if string.sub(old, 34, 41) ~= '\128\0\0\0\0\0\0\0' then
  -- The client sends a command again when it has not seen the answer. That was this very rotation, then, and not another.
  if string.sub(old, 42, 49) == ARGV[1] then
    return {ARGV[1], 'done', old}
  end
  return {ARGV[1], 'spent', old}
end
local n = tonumber(ARGV[5])
if ARGV[4] == '1' then
  return {ARGV[1], 'exists'}
end
for i = 2, n + 1 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    return {ARGV[1], 'exists'}
  end
end
add(2, n, 6)
redis.call('SETRANGE', KEYS[1], 33, ARGV[3] .. ARGV[1])
return {ARGV[1], 'done', old}
