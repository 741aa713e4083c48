-- Returns what the server that has KEYS[1] says of itself.
return {ARGV[1], 'done', redis.call('INFO', 'memory'), redis.call('INFO', 'replication')}
