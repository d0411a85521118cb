-- Says that an owner is alive for a while; as a script, so that full memory does not make it look dead. ARGV: owner, ms.
call('SET', key('owner:' .. ARGV[1]), '1', 'PX', ARGV[2])
