#include "checks/settings.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "checks/diagnosis.hpp"
#include "checks/ending.hpp"
#include "checks/last_words.hpp"
#include "checks/rights.hpp"
#include "checks/substitution.hpp"
#include "checks/text.hpp"

namespace fs = std::filesystem;

namespace {

// --- Which have a say in what -------------------------------------------------------------------

struct Row {
  const char* manual;
  unsigned aspects;
  const char* keys;  // parted by blanks; with a * at the end, all that begin so
};

/// A setting may stand in more than one row. One that stands in none has a say in everything.
constexpr Row rows[] = {
    {"systemd.exec(5)", aspect::output | aspect::journal,
     "StandardOutput StandardError StandardInput* TTY*"},
    {"systemd.exec(5)", aspect::journal, "Syslog* Log*"},
    {"systemd.exec(5)", aspect::sees | aspect::journal,
     "Root* Mount* BindPaths BindReadOnlyPaths TemporaryFileSystem InaccessiblePaths Extension* "
     "PrivateMounts "
     "RestrictAddressFamilies SystemCall* ProtectKernelLogs"},
    {"systemd.exec(5)", aspect::sees,
     "Private* Protect* ProcSubset ReadWritePaths ReadOnlyPaths ExecPaths NoExecPaths UMask "
     "*Directory *DirectoryMode Restrict* NetworkNamespacePath IPCNamespacePath DynamicUser "
     "MemoryDenyWriteExecute LockPersonality Personality LoadCredential* SetCredential* "
     "RemoveIPC Keyring* LimitFSIZE LimitNOFILE LimitNPROC LimitAS LimitMEMLOCK"},
    {"systemd.resource-control(5)", aspect::sees, "IPAddress* IP*Filter* SocketBind* Device*"},
    {"systemd.exec(5)", aspect::runs_as,
     "User Group DynamicUser SupplementaryGroups PAMName WorkingDirectory Root* "
     "Capabilit* Ambient* NoNewPrivileges SecureBits SELinux* AppArmor* Smack* UtmpI* UtmpMode"},
    {"systemd.exec(5)", aspect::runs_as | aspect::sees,
     "Environment EnvironmentFile PassEnvironment UnsetEnvironment"},
    {"systemd.exec(5)", aspect::pace,
     "Nice CPU* IOScheduling* NUMA* TimerSlackNSec CoredumpFilter LimitRTTIME"},
    {"systemd.resource-control(5)", aspect::pace,
     "CPU* StartupCPU* IO* StartupIO* BlockIO* MemoryHigh AllowedCPUs Slice Delegate"},
    {"systemd.unit(5)", aspect::starts,
     "After Before Requires Requisite Wants BindsTo PartOf Upholds Conflicts Condition* Assert* "
     "DefaultDependencies RequiresMountsFor JobTimeout* JobRunningTimeout* StartLimit* "
     "RefuseManual* StopWhenUnneeded OnFailure* OnSuccess* Propagates* JoinsNamespaceOf"},
    {"systemd.service(5)", aspect::starts,
     "ExecCondition ExecStartPre TimeoutStartSec TimeoutSec Sockets OpenFile"},
    {"systemd.unit(5)", aspect::ends,
     "BindsTo PartOf Conflicts StopWhenUnneeded StopPropagatedFrom StartLimit* FailureAction "
     "SuccessAction IgnoreOnIsolate"},
    {"systemd.service(5)", aspect::ends,
     "Restart* SuccessExitStatus Timeout* RuntimeMax* RuntimeRandom* Watchdog* OOMPolicy ExecStop "
     "ExecStopPost ExecReload RemainAfterExit Type GuessMainPID RootDirectoryStartOnly "
     "FileDescriptorStore*"},
    {"systemd.kill(5)", aspect::ends,
     "KillMode KillSignal RestartKillSignal FinalKillSignal SendSIGHUP SendSIGKILL WatchdogSignal"},
    {"systemd.exec(5)", aspect::ends | aspect::sees, "IgnoreSIGPIPE SystemCall* Limit*"},
    {"systemd.exec(5)", aspect::ends, "OOMScoreAdjust"},
    {"systemd.resource-control(5)", aspect::ends | aspect::sees, "Memory* Tasks*"},
    {"systemd.resource-control(5)", aspect::ends, "ManagedOOM*"},
    {"systemd.service(5)", aspect::waits,
     "Type PIDFile BusName NotifyAccess Timeout* ExecCondition ExecStartPre ExecStartPost "
     "RemainAfterExit GuessMainPID Watchdog* USBFunction*"},
};

/// Without a say in anything that a check looks at.
constexpr std::string_view silent[] = {"Description", "Documentation", "SourcePath", "ExecStart"};

bool matches(std::string_view pattern, std::string_view key) {
  if (pattern.starts_with('*')) return key.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) return key.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == key;
}

bool is_among(const char* keys, std::string_view key) {
  std::istringstream words{keys};
  for (std::string word; words >> word;)
    if (matches(word, key)) return true;
  return false;
}

/// The page that lists them all.
constexpr std::string_view unknown = "systemd.directives(7)";

/// The page that has this setting, if it has a say in one of these aspects; otherwise nothing.
std::string manual_of(const std::string& key, unsigned aspects) {
  bool is_known = false;
  for (const Row& row : rows) {
    if (!is_among(row.keys, key)) continue;
    if (row.aspects & aspects) return row.manual;
    is_known = true;
  }
  return is_known ? "" : std::string{unknown};
}

// --- What the lessons ask for -------------------------------------------------------------------

struct LessonSetting {
  std::string_view file;  // "01-date-daemon.service", "hardening.conf"
  std::string_view line;  // KEY=VALUE
};

/// Of the course's own units and drop-ins.
constexpr LessonSetting lesson_settings[] = {
#include "lesson_settings.inc"
};

/// As good as what the lessons' units have.
constexpr std::string_view as_good[] = {"Restart=always", "RestartSec="};

}  // namespace

std::string without_specifiers(std::string_view line, const Unit& unit) {
  const std::string& name = unit.name();
  const std::string stem = fs::path{name}.stem();
  const std::map<char, std::string> specifiers{{'n', name}, {'N', stem}, {'S', "/var/lib"}};
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const auto specifier =
        line[at] == '%' && at + 1 < line.size() ? specifiers.find(line[at + 1]) : specifiers.end();
    if (specifier == specifiers.end()) {
      text += line[at];
    } else {
      text += specifier->second;
      ++at;
    }
  }
  return text;
}

namespace {

/// A stage's own line, wherever it stands; of a drop-in, what the course's file of that name has.
bool is_asked_for(const Submission& submission, const Setting& setting) {
  const auto meaning = [&submission](std::string_view line) {
    return without_specifiers(line, submission.unit);
  };
  const std::string line = meaning(setting.key + '=' + setting.value);
  const std::string file = fs::path{setting.file}.filename(), unit = submission.stage + ".service";
  return line == "Environment=PRICE_API_URL=http://127.0.0.1:8080/api/v3" ||
         std::any_of(std::begin(as_good), std::end(as_good),
                     [&line](std::string_view good) { return line.starts_with(good); }) ||
         std::any_of(std::begin(lesson_settings), std::end(lesson_settings),
                     [&](const LessonSetting& lesson) {
                       return meaning(lesson.line) == line &&
                              (lesson.file == unit || lesson.file == file);
                     });
}

// --- What makes a difference --------------------------------------------------------------------

/// Its properties, if their names are not the setting's own: org.freedesktop.systemd1(5)
std::vector<std::string> properties_of(const std::string& key) {
  if (key.starts_with("Condition")) return {"Conditions"};
  if (key.starts_with("Assert")) return {"Asserts"};
  if (key == "TimeoutSec") return {"TimeoutStartUSec", "TimeoutStopUSec"};
  if (key == "EnvironmentFile") return {"EnvironmentFiles"};
  if (key == "CPUQuota") return {"CPUQuotaPerSecUSec"};
  if (key == "StandardInputText") return {"StandardInputData"};
  if (key.ends_with("Sec")) return {key.substr(0, key.size() - 3) + "USec", key};
  return {key};
}

/// A unit that has no file has all defaults, but for those that systemd gives when it reads one.
std::string default_of(const std::map<std::string, std::string>& defaults,
                       const std::string& name) {
  static const std::map<std::string_view, const char*> when_read{{"Type", "simple,"},
                                                                 {"WatchdogUSec", "0,"},
                                                                 {"StandardOutput", "journal,"},
                                                                 {"Slice", "system.slice,"},
                                                                 {"OOMPolicy", "stop,"}};
  const auto read = when_read.find(name);
  return read != when_read.end() ? '(' + std::string{read->second} + ')' : defaults.at(name);
}

/// The unit's properties beside those that a unit would have of which nobody said anything.
class Difference {
 public:
  explicit Difference(const Submission& submission)
      : actual_(submission.unit.properties()),
        defaults_(submission.manager.unit("servicios-nobody-has-this.service").properties()) {}

  bool has_property(const std::string& key) const {
    const auto names = properties_of(key);
    return std::any_of(names.begin(), names.end(),
                       [this](const std::string& name) { return actual_.contains(name); });
  }

  /// A setting that is no property by any name counts: nothing says that it makes no difference.
  bool is_made_by(const std::string& key) const {
    bool is_property = false;
    for (const std::string& name : properties_of(key)) {
      const auto actual = actual_.find(name);
      if (actual == actual_.end()) continue;
      is_property = true;
      if (actual->second != default_of(defaults_, name) && !is_default_stream(name, actual->second))
        return true;
    }
    return !is_property;
  }

 private:
  static bool is_default_stream(const std::string& name, const std::string& value) {
    return (name == "StandardError" || name == "StandardOutput") &&
           (value == "(inherit,)" || value == "(journal,)");
  }

  std::map<std::string, std::string> actual_, defaults_;
};

/// The machine's own: each line of these files is somebody's doing. Not what packages bring in
/// /usr/lib/systemd. systemd-system.conf(5)
void add_machines(std::vector<Cause>& found, const std::string& name, const char* section,
                  const char* manual, unsigned aspects) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const char* root : {"/usr/local/lib/systemd/", "/run/systemd/", "/etc/systemd/"}) {
    if (fs::exists(root + name, ignored)) files.push_back(root + name);
    std::set<std::string> drop_ins;
    for (const auto& entry : fs::directory_iterator{root + name + ".d", ignored})
      if (entry.path().extension() == ".conf") drop_ins.insert(entry.path());
    files.insert(files.end(), drop_ins.begin(), drop_ins.end());
  }
  const UnitFile all{files};
  for (const Setting& setting : all.settings()) {
    if (setting.section != section) continue;
    std::string key = setting.key;
    if (key.starts_with("Default")) key.erase(0, std::string_view{"Default"}.size());
    else if (name == "system.conf") continue;
    if (name == "journald.conf" || !manual_of(key, aspects).empty())
      found.push_back({setting, manual});
  }
}

/// What has a say if systemd could not start the program; 0 if it could. systemd.exec(5), "Process
/// Exit Codes"
unsigned aspects_of_failed_start(Submission& submission) {
  static const std::map<std::uint64_t, unsigned> others{
      {205, aspect::sees | aspect::ends},  // LIMITS
      {206, aspect::ends},                 // OOM_ADJUST
      {211, aspect::pace},                 // IOPRIO
      {212, aspect::pace},                 // TIMERSLACK
      {214, aspect::pace},                 // SETSCHEDULER
      {215, aspect::pace},                 // CPUAFFINITY
      {219, aspect::pace | aspect::ends},  // CGROUP
      {242, aspect::pace},                 // NUMA_POLICY
  };
  const Unit& unit = submission.unit;
  // Of one that systemd has just started again, what the last start came to: it has forgotten that.
  if (unit.number("ExecMainCode") == 0 && unit.number("NRestarts") == 0) return 0;
  const auto end = last_end(submission);
  if (!end || !end->exited || end->status < 200 || end->status > 245) return 0;
  const auto status = static_cast<std::uint64_t>(end->status);
  const auto other = others.find(status);
  return other != others.end() ? other->second : aspect::sees | aspect::runs_as | aspect::output;
}

/// Whether the program itself has ended its last run, and not systemd.
bool has_ended_by_itself(Submission& submission) {
  const Unit& unit = submission.unit;
  if (unit.text("ActiveState") == "active" && unit.number("NRestarts") == 0) return false;
  if (has_come_back(submission)) return false;
  const auto end = last_end(submission);
  if (!end || !end->exited || end->status >= 200 || end->command != "ExecStart") return false;
  // With status 0 it may have done what it was told to, unless systemd starts it again.
  const std::string result = last_result(submission);
  const bool is_restarted =
      unit.number("NRestarts") > 0 || unit.text("SubState").starts_with("auto-restart");
  return result == "exit-code" || (result == "success" && is_restarted);
}

/// Whether what was seen tells why it was not the setting: what became of a variable stands in the
/// command, and who may not write where is told by the files' owners.
bool is_explained(Submission& submission, const Cause& cause) {
  const std::string& key = cause.setting.key;
  if (key == "EnvironmentFile") {
    const auto said = submission.journal.entries({"_PID=1", "UNIT=" + submission.unit.name()},
                                                 submission.changed());
    return std::any_of(said.begin(), said.end(), [](const Entry& entry) {
      return entry["MESSAGE"].find(invalid_assignment()) != std::string::npos;
    });
  }
  if (key.starts_with("Environment")) return !variables_replaced(submission).empty();
  if (key != "User" && key != "Group") return false;
  return last_words(submission, last_end(submission)).find("ermission denied") !=
             std::string::npos &&
         !not_writable(submission).empty();
}

}  // namespace

std::vector<Cause> causes(Submission& submission, unsigned aspects) {
  if (aspects == 0) return {};
  if (const unsigned failed = aspects_of_failed_start(submission)) aspects = failed;
  // When systemd starts, ends or waits for it does not have a program end by itself.
  else if (has_ended_by_itself(submission))
    aspects &= ~(aspect::starts | aspect::ends | aspect::waits | aspect::pace);
  if (aspects == 0) return {};
  const Difference difference{submission};
  std::vector<Cause> found;
  const UnitFile unit_file = submission.file();
  for (const Setting& setting : unit_file.settings()) {
    if (setting.section != "Unit" && setting.section != "Service") continue;
    if (setting.value.empty() || is_asked_for(submission, setting)) continue;
    if (std::count(std::begin(silent), std::end(silent), setting.key)) continue;
    const std::string manual = manual_of(setting.key, aspects);
    // What no table and no property has is no setting to systemd, either, which says so and ignores
    // it.
    if (manual == unknown && !difference.has_property(setting.key)) continue;
    if (!manual.empty() && difference.is_made_by(setting.key)) found.push_back({setting, manual});
  }
  std::erase_if(found, [&](const Cause& cause) { return is_explained(submission, cause); });
  add_machines(found, "system.conf", "Manager", "systemd-system.conf(5)", aspects);
  if (aspects & aspect::journal)
    add_machines(found, "journald.conf", "Journal", "journald.conf(5)", aspects);
  return found;
}

bool is_named(const Cause& cause, const std::string& text) {
  return text.find(placed_line(cause.setting)) != std::string::npos;
}

std::string causes_title() {
  return _("these settings differ from systemd's defaults, and can cause this:");
}

std::string causes_named(std::vector<Cause> causes, const std::string& evidence) {
  std::erase_if(causes, [&evidence](const Cause& cause) { return is_named(cause, evidence); });
  if (causes.empty()) return "";
  std::string text = causes_title();
  for (const Cause& cause : causes) add_line(text, placed_line(cause.setting));
  return text;
}
