// The checks of each stage: what is asked, in an order in which the first failure is the cause.
#include "checks/checks.hpp"
#include "checks/text.hpp"

const std::vector<std::string> stages{SERVICIOS_STAGES};

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

/// What has a say in whether it starts and stays.
static constexpr unsigned starting_aspects =
    aspect::starts | aspect::ends | aspect::waits | aspect::runs_as | aspect::sees;

// --- A submission -------------------------------------------------------------------------------

static const Check builds{.id = "builds",
                          .title = N_("it builds"),
                          .lesson = N_("01-date-daemon.md#build-it"),
                          .run = program_is_built};

// --- The unit -----------------------------------------------------------------------------------

static const Check unit_found{.id = "unit-found",
                              .title = N_("systemd finds the unit's file"),
                              .lesson = starting,
                              .needs = {&builds},
                              .run = unit_is_found};
static const Check unit_loads{.id = "unit-loads",
                              .title = N_("systemd can load the unit"),
                              .lesson = the_unit,
                              .needs = {&unit_found},
                              .run = unit_is_loaded};
static const Check unit_reloaded{.id = "unit-reloaded",
                                 .title = N_("systemd has read the file as it is now"),
                                 .lesson = changing,
                                 .needs = {&unit_loads},
                                 .run = unit_is_reloaded};
static const Check unit_lines{.id = "unit-lines",
                              .title = N_("systemd understands every line of it"),
                              .lesson = the_unit,
                              .needs = {&unit_reloaded},
                              .run = unit_has_no_bad_line};
static const Check unit_keys{.id = "unit-keys",
                             .title = N_("its sections have the keys that the lesson asks for"),
                             .lesson = the_unit,
                             .needs = {&unit_reloaded},
                             .run = unit_has_keys};
static const Check unit_values{.id = "unit-values",
                               .title = N_("its values are systemd's, and not a shell's"),
                               .lesson = the_unit,
                               .needs = {&unit_reloaded},
                               .run = unit_has_no_shell};
static const Check installed{.id = "installed",
                             .title = N_("the unit starts the program that was built in --dir"),
                             .lesson = N_("01-date-daemon.md#build-it"),
                             .needs = {&unit_reloaded},
                             .run = program_is_installed};
static const Check network{.id = "network",
                           .title = N_("it starts after the network"),
                           .lesson = network_order,
                           .needs = {&unit_reloaded},
                           .run = unit_waits_for_network};
static const Check wanted_by{.id = "wanted-by",
                             .title = N_("WantedBy= names a target that exists"),
                             .lesson = starting,
                             .needs = {&unit_reloaded},
                             .run = target_exists};
static const Check enabled{.id = "enabled",
                           .title = N_("it is enabled for that target"),
                           .lesson = starting,
                           .needs = {&wanted_by},
                           .run = unit_is_enabled};

// --- The process --------------------------------------------------------------------------------

static const Check would_not_be_root{.id = "not-root",
                                     .title = N_("nothing of it would run as root"),
                                     .lesson = a_user,
                                     .needs = {&unit_loads},
                                     .run = nothing_runs_as_root};
static const Check succeeded{.id = "succeeded",
                             .title = N_("it ran to its end, with success"),
                             .lesson = as_a_service,
                             .needs = {&unit_values, &would_not_be_root},
                             .run = oneshot_succeeded,
                             .effect = Effect::starts,
                             .aspects = starting_aspects};
static const Check active{.id = "active",
                          .title = N_("it is active, and stays so"),
                          .lesson = starting,
                          .needs = {&unit_values, &would_not_be_root},
                          .run = unit_is_active,
                          .effect = Effect::starts,
                          .aspects = starting_aspects};
static const Check current{
    .id = "current",
    .title = N_("what runs is the program that the unit names, as it is on disk"),
    .lesson = changing,
    .needs = {&active},
    .run = program_is_current};
static const Check comes_back{.id = "comes-back",
                              .title = N_("systemd is to start it again after a crash"),
                              .lesson = dying,
                              .needs = {&unit_reloaded},
                              .run = unit_comes_back};
static const Check oneshot{.id = "oneshot",
                           .title = N_("`start` waits for its end, and the unit stays active"),
                           .lesson = as_a_service,
                           .needs = {&unit_reloaded},
                           .run = unit_is_oneshot};
static const Check bad_option{.id = "bad-option",
                              .title = N_("a wrong option ends it with status 2, and one line"),
                              .lesson = N_("01-date-daemon.md#the-options"),
                              .needs = {&active, &succeeded},
                              .run = bad_option_is_refused};
static const Check not_root{.id = "not-root",
                            .title = N_("it does not run as root"),
                            .lesson = a_user,
                            .needs = {&active, &succeeded},
                            .run = user_is_not_root};

// --- Its file -----------------------------------------------------------------------------------

static const Check dates_written{.id = "dates-written",
                                 .title = N_("it writes to a file"),
                                 .lesson = the_loop,
                                 .needs = {&active},
                                 .run = dates_are_written,
                                 .aspects = aspect::output | aspect::sees | aspect::runs_as};
static const Check dates_form{.id = "dates-form",
                              .title = N_("each line of the file is a date"),
                              .lesson = the_date,
                              .needs = {&dates_written},
                              .run = dates_are_dates,
                              .aspects = aspect::runs_as};
static const Check dates_cadence{
    .id = "dates-cadence",
    .title = N_("a date comes every interval"),
    .lesson = the_loop,
    .needs = {&dates_form},
    .run = dates_keep_the_cadence,
    .aspects = aspect::sees | aspect::runs_as | aspect::pace | aspect::ends};
static const Check prices_written{.id = "prices-written",
                                  .title = N_("it writes to a file"),
                                  .lesson = price_loop,
                                  .needs = {&active},
                                  .run = prices_are_written,
                                  .aspects = aspect::output | aspect::sees | aspect::runs_as};
static const Check prices_form{.id = "prices-form",
                               .title = N_("each line of the file is a price"),
                               .lesson = a_price,
                               .needs = {&prices_written},
                               .run = prices_are_numbers,
                               .aspects = aspect::runs_as};
static const Check prices_given{.id = "prices-given",
                                .title = N_("each price is one that the server gave"),
                                .lesson = a_price,
                                .needs = {&prices_form},
                                .run = prices_are_given};
static const Check prices_cadence{
    .id = "prices-cadence",
    .title = N_("a price comes every interval"),
    .lesson = price_loop,
    .needs = {&prices_form},
    .run = prices_keep_the_cadence,
    .aspects = aspect::sees | aspect::runs_as | aspect::pace | aspect::ends};
static const Check prices_asked{.id = "prices-asked",
                                .title = N_("no price is written without a question"),
                                .lesson = price_loop,
                                .needs = {&prices_cadence},
                                .run = prices_are_asked};

// --- Its records --------------------------------------------------------------------------------

static const Check levels{.id = "levels",
                          .title = N_("one message of each of the five levels is in the journal"),
                          .lesson = five_levels,
                          .needs = {&succeeded},
                          .run = levels_are_logged,
                          .aspects = aspect::output | aspect::journal | aspect::runs_as};
static const Check again{.id = "again",
                         .title = N_("it runs a second time"),
                         .lesson = as_a_service,
                         .needs = {&succeeded},
                         .run = runs_again,
                         .effect = Effect::disruptive,
                         .aspects = aspect::ends};
static const Check options{.id = "options",
                           .title = N_("its options do what the lesson says"),
                           .lesson = five_levels,
                           .needs = {&succeeded},
                           .run = options_work};
static const Check log_options{.id = "options",
                               .title = N_("its options do what the lesson says"),
                               .lesson = a_logger,
                               .needs = {&bad_option},
                               .run = log_options_work};
static const Check prices_logged{.id = "prices-logged",
                                 .title = N_("each price is a record of the journal, too"),
                                 .lesson = in_the_journal,
                                 .needs = {&prices_form},
                                 .run = prices_are_logged,
                                 .aspects = aspect::output | aspect::journal | aspect::runs_as};
static const Check notify{.id = "notify",
                          .title = N_("it tells systemd that it is ready, and that it is alive"),
                          .lesson = ready,
                          .needs = {&unit_reloaded, &active},
                          .run = unit_notifies,
                          .aspects = aspect::waits};
static const Check native{
    .id = "native",
    .title = N_("its records reach the journal by the journal's own protocol"),
    .lesson = the_handler,
    .needs = {&active, &prices_written},
    .run = records_are_native,
    .aspects = aspect::output | aspect::journal | aspect::runs_as};
static const Check priorities{.id = "priorities",
                              .title = N_("the journal knows the level of its records"),
                              .lesson = the_handler,
                              .needs = {&native},
                              .run = records_have_priorities,
                              .aspects = aspect::output | aspect::journal | aspect::runs_as};
static const Check fields{
    .id = "fields",
    .title = N_("its records have fields: COIN, CURRENCY, PRICE, LOGGER, CODE_..."),
    .lesson = the_handler,
    .needs = {&native},
    .run = records_have_fields};
static const Check status{.id = "status",
                          .title = N_("systemctl status shows the last price"),
                          .lesson = ready,
                          .needs = {&prices_form},
                          .run = status_tells_the_price,
                          .aspects = aspect::waits};
static const Check alive{.id = "alive",
                         .title = N_("it goes on telling systemd that it is alive"),
                         .lesson = ready,
                         .needs = {&notify, &active},
                         .run = watchdog_is_fed,
                         .aspects = aspect::waits};

static const Check unharmed{.id = "unharmed",
                            .title = N_("no setting of the unit will end it, or silence it"),
                            .lesson = the_unit,
                            .needs = {&active},
                            .run = nothing_will_harm_it};
static const Check descriptors{.id = "descriptors",
                               .title = N_("it keeps standard error, and closes what it opens"),
                               .lesson = the_loop,
                               .needs = {&active},
                               .run = files_are_in_order};

// --- What happens to it -------------------------------------------------------------------------

static const Check bad_api{
    .id = "bad-api",
    .title = N_("an API that fails does not end it, and the journal says why no price came"),
    .lesson = a_bad_day,
    .needs = {&prices_form},
    .run = survives_api_failures,
    .effect = Effect::disruptive,
    .aspects = aspect::ends | aspect::sees};
static const Check bad_api_warns{
    .id = "bad-api",
    .title = N_("an API that fails does not end it, and is logged as a warning"),
    .lesson = a_logger,
    .needs = {&prices_logged},
    .run = logs_api_failures_as_warnings,
    .effect = Effect::disruptive,
    .aspects = aspect::ends | aspect::sees};
static const Check stop{.id = "stop",
                        .title = N_("systemctl stop ends it at once, and cleanly"),
                        .lesson = the_loop,
                        .needs = {&active},
                        .run = stops_and_starts_again,
                        .effect = Effect::disruptive,
                        .aspects = aspect::ends | aspect::starts | aspect::waits};
static const Check restart{.id = "restart",
                           .title = N_("after kill -9 it comes back, if Restart= says so"),
                           .lesson = dying,
                           .needs = {&stop, &comes_back},
                           .run = returns_after_a_crash,
                           .effect = Effect::disruptive,
                           .aspects = aspect::ends | aspect::starts};

static const Check reload{.id = "reload",
                          .title = N_("systemctl reload has it open its file anew"),
                          .lesson = N_("01-date-daemon.md#a-file-that-grows-for-ever"),
                          .needs = {&active},
                          .run = reload_opens_the_file_anew,
                          .effect = Effect::reloads,
                          .aspects = aspect::ends};

// --- Together -----------------------------------------------------------------------------------

static void add(Checks& checks, const Checks& more) {
  checks.insert(checks.end(), more.begin(), more.end());
}

Checks checks_of(const std::string& stage, const Questions& questions) {
  Checks checks;
  if (questions.build) add(checks, {&builds});
  add(checks, {&unit_found, &unit_loads, &unit_reloaded, &unit_lines, &unit_keys, &unit_values});
  if (questions.dir) add(checks, {&installed});
  if (stage >= stage_03) add(checks, {&network});
  add(checks, {&wanted_by, &enabled});
  if (questions.strict) add(checks, {&would_not_be_root});
  if (stage == stage_02) {
    add(checks, {&succeeded});
    if (!questions.strict) add(checks, {&not_root});
    add(checks, {&levels, &oneshot, &options, &bad_option, &again});
    return checks;
  }
  add(checks, {&active, &current});
  if (!questions.strict) add(checks, {&not_root});
  add(checks, {&comes_back});
  if (stage == stage_01) add(checks, {&dates_written, &dates_form, &dates_cadence});
  if (stage >= stage_03) add(checks, {&prices_written, &prices_form, &prices_given});
  if (stage >= stage_04) add(checks, {&prices_logged});
  if (stage >= stage_05) add(checks, {&notify, &native, &priorities, &status, &alive});
  add(checks, {&bad_option});
  if (stage == stage_04) add(checks, {&log_options});
  if (stage >= stage_04) add(checks, {&bad_api_warns});
  if (stage == stage_03) add(checks, {&bad_api});
  // The cadence after the failures: what the server was asked meanwhile tells it at once.
  if (stage >= stage_03) add(checks, {&prices_cadence, &prices_asked});
  // By now there are several records: one that is rounded may look right by chance.
  if (stage >= stage_05) add(checks, {&fields});
  add(checks, {&unharmed, &descriptors, &reload, &stop, &restart});
  return checks;
}
