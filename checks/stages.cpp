// The checks of each stage: what is asked, in an order in which the first failure is the cause.
#include "checks/looks.hpp"
#include "checks/text.hpp"

const std::vector<std::string> stages{"01-date-daemon", "02-logging", "03-price-fetcher",
                                      "04-logger-levels", "05-journald"};

using Checks = std::vector<Check>;

static void add(Checks& checks, const Checks& more) {
  checks.insert(checks.end(), more.begin(), more.end());
}

static constexpr auto stage_01 = "01-date-daemon";
static constexpr auto stage_02 = "02-logging";
static constexpr auto stage_03 = "03-price-fetcher";
static constexpr auto stage_04 = "04-logger-levels";
static constexpr auto stage_05 = "05-journald";

// Where a lesson teaches it: a file, and a heading as GitHub links it.
static constexpr auto the_unit = N_("01-date-daemon.md#the-unit");
static constexpr auto starting = N_("01-date-daemon.md#start-it");
static constexpr auto changing = N_("01-date-daemon.md#when-you-change-the-unit");
static constexpr auto a_user = N_("03-unit.md#a-user-and-a-folder-of-its-own");
static constexpr auto the_date = N_("01-date-daemon.md#the-date-as-a-text");
static constexpr auto the_loop = N_("01-date-daemon.md#the-loop");
static constexpr auto dying = N_("03-unit.md#when-it-dies");
static constexpr auto as_a_service = N_("02-logging.md#as-a-service");
static constexpr auto five_levels = N_("02-logging.md#five-levels");
static constexpr auto network_order = N_("03-unit.md#the-order-of-things-after-and-wants");
static constexpr auto a_price = N_("03-price-fetcher.md#a-price-or-a-reason");
static constexpr auto price_loop = N_("03-price-fetcher.md#the-loop");
static constexpr auto a_bad_day = N_("03-price-fetcher.md#a-bad-day");
static constexpr auto a_logger = N_("04-logger-levels.md#the-difference-is-the-lesson");
static constexpr auto in_the_journal = N_("04-logger-levels.md#in-the-journal");
static constexpr auto ready = N_("05-journald.md#ready-and-alive-typenotify");
static constexpr auto the_handler = N_("05-journald.md#what-the-handler-sends");

/// The unit's file, which is asked for from stage 01 on.
static const Checks unit_file{
    {"unit-found", N_("systemd finds the unit's file"), starting, {}, unit_is_found},
    {"unit-loads", N_("systemd can load the unit"), the_unit, {"unit-found"}, unit_loads},
    {"unit-reloaded",
     N_("systemd has read the file as it is now"),
     changing,
     {"unit-loads"},
     unit_is_reloaded},
    {"unit-lines",
     N_("systemd understands every line of it"),
     the_unit,
     {"unit-reloaded"},
     unit_has_no_bad_line},
    {"unit-keys",
     N_("its sections have the keys that the lesson asks for"),
     the_unit,
     {"unit-reloaded"},
     unit_has_keys},
    {"unit-values",
     N_("its values are systemd's, and not a shell's"),
     the_unit,
     {"unit-reloaded"},
     unit_has_no_shell},
};

static const Checks installed{
    {"installed",
     N_("the unit starts the program that was built in --dir"),
     N_("01-date-daemon.md#build-it"),
     {"unit-reloaded"},
     program_is_installed},
};

static const Checks boot{
    {"wanted-by",
     N_("WantedBy= names a target that exists"),
     starting,
     {"unit-reloaded"},
     target_exists},
    {"enabled", N_("it is enabled for that target"), starting, {"wanted-by"}, unit_is_enabled},
};

static const Checks process{
    {"active", N_("it is active, and stays so"), starting, {"unit-values"}, unit_is_active},
    {"current",
     N_("what runs is the program that the unit names, as it is on disk"),
     changing,
     {"active"},
     program_is_current},
    {"not-root", N_("it does not run as root"), a_user, {"active"}, user_is_not_root},
};

static const Checks ending{
    {"stop",
     N_("systemctl stop ends it at once, and cleanly"),
     the_loop,
     {"active"},
     stops_at_once,
     true},
    {"restart",
     N_("after kill -9 it comes back, where Restart= says so"),
     dying,
     {"stop"},
     returns_after_a_crash,
     true},
};

static const Checks dates{
    {"dates-written", N_("it writes to a file"), the_loop, {"active"}, dates_are_written},
    {"dates-form",
     N_("each line of the file is a date"),
     the_date,
     {"dates-written"},
     dates_are_dates},
    {"dates-cadence",
     N_("a date comes every interval"),
     the_loop,
     {"dates-form"},
     dates_keep_the_cadence},
};

static const Checks levels{
    {"succeeded",
     N_("it ran to its end, with success"),
     as_a_service,
     {"unit-values"},
     oneshot_succeeded},
    {"not-root", N_("it does not run as root"), a_user, {"succeeded"}, user_is_not_root},
    {"levels",
     N_("one message of each of the five levels is in the journal"),
     five_levels,
     {"succeeded"},
     levels_are_logged},
};

static const Checks network{
    {"network",
     N_("it starts after the network"),
     network_order,
     {"unit-reloaded"},
     unit_waits_for_network},
};

static const Checks prices{
    {"prices-written", N_("it writes to a file"), price_loop, {"active"}, prices_are_written},
    {"prices-form",
     N_("each line of the file is a price"),
     a_price,
     {"prices-written"},
     prices_are_numbers},
    {"prices-cadence",
     N_("a price comes every interval"),
     price_loop,
     {"prices-form"},
     prices_keep_the_cadence},
};

static const Checks bad_api{
    {"bad-api",
     N_("an API that fails does not end it"),
     a_bad_day,
     {"prices-cadence"},
     bears_a_bad_api,
     true},
};

static const Checks logger{
    {"prices-logged",
     N_("each price is a record of the journal, too"),
     in_the_journal,
     {"prices-cadence"},
     prices_are_logged},
};

static const Checks warnings{
    {"bad-api",
     N_("an API that fails does not end it, and is logged as a warning"),
     a_logger,
     {"prices-logged"},
     bears_and_warns,
     true},
};

static const Checks journald{
    {"notify",
     N_("it tells systemd that it is ready, and that it is alive"),
     ready,
     {"unit-reloaded"},
     unit_notifies},
    {"native",
     N_("its records reach the journal by the journal's own protocol"),
     the_handler,
     {"active"},
     records_are_native},
    {"priorities",
     N_("the journal knows the level of its records"),
     the_handler,
     {"native"},
     records_have_priorities},
    {"fields",
     N_("its records have fields: COIN, CURRENCY, PRICE, LOGGER, CODE_..."),
     the_handler,
     {"native"},
     records_have_fields},
    {"status",
     N_("systemctl status shows the last price"),
     ready,
     {"prices-form"},
     status_tells_the_price},
    {"alive",
     N_("it goes on telling systemd that it is alive"),
     ready,
     {"notify", "active"},
     watchdog_is_fed},
};

std::vector<Check> checks_of(const std::string& stage, bool with_folder) {
  Checks checks = unit_file;
  if (with_folder) add(checks, installed);
  if (stage >= stage_03) add(checks, network);
  add(checks, boot);
  if (stage == stage_02) {
    add(checks, levels);
    return checks;
  }
  add(checks, process);
  if (stage == stage_01) add(checks, dates);
  if (stage >= stage_03) add(checks, prices);
  if (stage >= stage_04) add(checks, logger);
  if (stage >= stage_05) add(checks, journald);
  if (stage >= stage_04) {
    add(checks, warnings);
  } else if (stage == stage_03) {
    add(checks, bad_api);
  }
  add(checks, ending);
  return checks;
}
