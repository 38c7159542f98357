// The journald handler beside sd_journal_sendv(3), spdlog's and python3-systemd's. The socket is
// the benchmark's own, in the place of journald's (bench/run sees to it that this is private), so
// that journald's speed counts for nothing. Nor does a reader's: its queue is filled for a round,
// and emptied while the clock stands still.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <systemd/sd-journal.h>

#include "05-journald/journald_handler.hpp"
#include "bench/cases.hpp"

using benchmark::IterationCount;
using benchmark::State;

static const std::string coin = "bitcoin";
static const int price = 67187;

/// Where journald would listen. Throws std::system_error.
class JournalSocket {
 public:
  JournalSocket() {
    if (fd_ < 0 || bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
      throw std::system_error(errno, std::generic_category(),
                              "Failed to bind journald's address (start bench/run)");
  }
  ~JournalSocket() { close(fd_); }
  JournalSocket(const JournalSocket&) = delete;
  JournalSocket& operator=(const JournalSocket&) = delete;

  /// The record that came first and has not been read. Throws std::runtime_error if there is
  /// none, or another one than all should send.
  std::string read() {
    const ssize_t size = recv(fd_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (size < 0) throw std::runtime_error("a record did not reach the journal's socket");
    std::string record = buffer_.substr(0, static_cast<std::size_t>(size));
    if (record.find("MESSAGE=bitcoin costs 67187 usd\n") == record.npos)
      throw std::runtime_error("not the record that was logged: " + record);
    return record;
  }

  /// A socket that is connected to this one and stays open. Throws std::system_error.
  static int connect() {
    const int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (::connect(sender, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
      throw std::system_error(errno, std::generic_category(), "connect");
    return sender;
  }

 private:
  static constexpr sockaddr_un address{AF_UNIX, "/run/systemd/journal/socket"};
  int fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  std::string buffer_ = std::string(16384, '\0');
};

// A sender blocks from the twelfth record on: net.unix.max_dgram_qlen, unless it was raised.
static constexpr IterationCount round_size = 10;

/// `send(n)` sends n records and returns the seconds that they took.
template <typename Send>
static void run_rounds(State& state, JournalSocket& journal, const Send& send) {
  while (state.KeepRunningBatch(round_size)) {
    state.SetIterationTime(send(round_size));
    for (IterationCount i = 0; i < round_size; ++i) journal.read();
  }
}

template <typename Body>
static void add(const std::string& name, const Body& body) {
  add_case("journal/" + name, body)->UseManualTime()->MinTime(0.03)->Repetitions(21);
}

/// A record of `call`.
template <typename Call>
static void add_call(JournalSocket& journal, const std::string& name, const Call& call) {
  add(name, [&journal, call](State& state) {
    run_rounds(state, journal, [&](IterationCount records) {
      return cpu_seconds([&] {
        for (IterationCount i = 0; i < records; ++i) call();
      });
    });
  });
}

/// A record's fields, as sd_journal_sendv(3) takes them. It adds SYSLOG_IDENTIFIER itself.
static std::vector<std::string> fields_of(const std::string& record) {
  std::vector<std::string> fields;
  for (std::size_t start = 0, end; start < record.size(); start = end + 1) {
    end = record.find('\n', start);
    const std::string field = record.substr(start, end - start);
    if (!field.starts_with("SYSLOG_IDENTIFIER=")) fields.push_back(field);
  }
  return fields;
}

void add_journal_cases() {
  static JournalSocket journal;

  static logging::Logger& servicios = logging::get_logger("journal");
  servicios.set_propagate(false);
  servicios.set_level(logging::Level::INFO);
  servicios.add_handler(std::make_shared<JournaldHandler>());
  const auto with_servicios = [] { servicios.info("{} costs {} usd", coin, price); };
  add_call(journal, "servicios", with_servicios);

  // The limits: the record that servicios sends, with nothing left to compose.
  with_servicios();
  static const std::string record = journal.read();
  static const int sender = JournalSocket::connect();
  add_call(journal, "send(2)", [] { send(sender, record.data(), record.size(), 0); });

  static const std::vector<std::string> fields = fields_of(record);
  static std::vector<iovec> vectors;
  for (const std::string& field : fields)
    vectors.push_back({const_cast<char*>(field.data()), field.size()});
  add_call(journal, "sd_journal_sendv",
           [] { sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size())); });

  static spdlog::logger spdlog{"journal", std::make_shared<spdlog::sinks::systemd_sink_mt>()};
  add_call(journal, "spdlog", [] {
    spdlog.log(spdlog::source_loc{__FILE__, __LINE__, __func__}, spdlog::level::info,
               "{} costs {} usd", coin, price);
  });

  add("python3-systemd", [](State& state) {
    PythonPeer python{"journal"};
    // The interpreter specializes what it runs again: PEP 659.
    for (int i = 0; i < 10; ++i) {
      python.run(round_size);
      for (IterationCount n = 0; n < round_size; ++n) journal.read();
    }
    run_rounds(state, journal, [&](IterationCount records) { return python.run(records); });
  });
}
