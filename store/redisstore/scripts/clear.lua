-- Forgets counters.
for _, key in ipairs(KEYS) do
  redis.call('DEL', key)
end
return {ARGV[1], 'done'}
