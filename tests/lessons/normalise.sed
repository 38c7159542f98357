# What differs from one run, machine or version to the next, each made one word.

# Blanks at the end of a line say nothing.
s/[ \t]+$//

# Dates and times: "Sun 2026-11-22 14:48:00 UTC; 5s ago", "2026-11-22 14:48:00,123", ISO 8601,
# "Nov 22 14:48:00" as journalctl writes it, "14:48:00".
s/((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[+-][0-9]{2}:?[0-9]{2}| [A-Z]{3,5}\b)?)?/DATE/g
s/\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/DATE/g
s/\b[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?\b/TIME/g
s/\b([0-9]+(\.[0-9]+)?(us|ms|s|min|h|d|day|days|week|weeks|month|months|y) )+(ago|left)\b/SPAN ago/g

# Process ids, invocation and boot ids, UUIDs.
s/\[[0-9]+\]/[PID]/g
s/\b(PID|Process|process):? [0-9]+/\1 PID/g
s/(─) *[0-9]+ /\1PID /g
s/\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b/ID/g
s/\b[0-9a-f]{32}\b/ID/g

# A record's place in the journal.
s/\[s=[^]]*\]/[CURSOR]/

# What a unit used, which not every machine counts, and lines that only some versions have.
/^ *(Invocation|IO|IP|Duration): /d
/Consumed .* CPU time/d
/^ *(Tasks|Memory|CPU|Mem peak): /d
s/\b[0-9.]+[KMG]\b/SIZE/g

# What a later systemd says, if the kernel counts tasks by control groups of version 1.
/: Failed to read pids\.max for control group .*: No data available$/d

# Versions of systemd, and how the later ones write.
s/systemd [0-9]+ \(.*\)/systemd VERSION/
s/Created symlink '?([^']*)'? → '?([^']*)'?\.$/Created symlink \1 → \2./
s/^Removed ["']?([^"']*)["']?\.$/Removed \1./
s/Journal Sockets$/Journal Socket/
# Before it gives up, they count one restart more or less.
s/(restart|reinicio) [0-9]+ (times|veces) \(NRestarts=[0-9]+\)/\1 N \2/

# How much a check asks, and for how long; what has failed stays.
s/^[0-9]+ passed, ([0-9]+ failed), .*/N passed, \1/
s/^bien: [0-9]+, (mal: [0-9]+), .*/bien: N, \1/
s/\([0-9.]+ (seconds|segundos)\)/(SECONDS)/
s/\(PID [A-Z0-9, ]+\)/(PID)/

# Prices: an offline one is a random walk.
s/\b[0-9]{4,6}\.[0-9]{1,8}\b/PRICE/g
s/\bbitcoin [0-9]{4,6} usd\b/bitcoin PRICE usd/g
s/("PRICE": ")[0-9]{4,6}"/\1PRICE"/
