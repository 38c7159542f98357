// What a program says of its own troubles.
#pragma once

#include <string>

/// Says `trouble` on standard error in one line, after the program's name, or as complain_to()
/// says. If standard error is the journal, the record gets PRIORITY=3, so that `journalctl -p err`
/// shows it. sd-daemon(3)
void complain(const std::string& trouble);

/// Whether standard error leads to the journal, by $JOURNAL_STREAM: systemd.exec(5). Then a
/// line that begins with <3> gets PRIORITY=3.
bool standard_error_is_journal();

/// From now on, if standard error is the journal, each complaint goes to `log` instead, or it would
/// stand there twice. If it is not, and systemd started this process, it goes to both. Otherwise,
/// as in a program that a person started in a terminal, nothing changes.
void complain_to(void (*log)(const std::string& trouble));
