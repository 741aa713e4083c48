-- Returns the IDs and records of up to ARGV[6] tokens that match.
local limit, answer, n = tonumber(ARGV[6]), {ARGV[1], 'done'}, 0
search(function(_, id, record)
  answer[#answer + 1] = id
  answer[#answer + 1] = record
  n = n + 1
  return n == limit
end)
return answer
