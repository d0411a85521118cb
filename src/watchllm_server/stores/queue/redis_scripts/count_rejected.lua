-- ARGV: project, minute us, most refused, rejected counts, refused events.
count_rejected(ARGV[1], tonumber(ARGV[2]), cmsgpack.unpack(ARGV[4]))
keep_refused(ARGV[1], cmsgpack.unpack(ARGV[5]), tonumber(ARGV[3]))
