-- ARGV: now us, traces.
touch(cmsgpack.unpack(ARGV[2]), tonumber(ARGV[1]))
