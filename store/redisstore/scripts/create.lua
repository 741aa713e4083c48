-- Creates tokens, all or nothing. KEYS: n tokens, their index sets. ARGV: what the answer begins with, n, what add wants.
local n = tonumber(ARGV[2])
for i = 1, n do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    return {ARGV[1], 'exists'}
  end
end
add(1, n, 3)
return {ARGV[1], 'done'}
