// The offline price server as the checks see it: what it answered, by its log, and the faults that
// they order of it. lab/price_api.cpp
#pragma once

#include <string>
#include <vector>

#include "checks/check.hpp"

/// An answer to a question for a price.
struct Answer {
  Time time;
  std::string outcome;         // the fault that was ordered, or the status: "200"
  std::string peer;            // who asked: IP:PORT
  std::string coin, currency;  // what for: ids= and vs_currencies= of its question
  std::vector<double> prices;  // what it gave
  bool tells_prices;           // whether the log line lists its prices: an older price-api.service
                               // does not have them logged
};

/// The server's answers from `since` on, to whoever asked, oldest first. The server logs an answer
/// before it sends it. So if a price is in a file, its answer is in this list.
std::vector<Answer> answers_since(Submission& submission, Time since);

/// The same without those to processes that are not the unit's, as far as that can be told: while
/// they keep their connections.
std::vector<Answer> answers_to_unit(Submission& submission, Time since);

/// Whether a process of the unit's is connected to it. A client that opens a connection for each
/// question is that while it waits for an answer.
bool is_connected_to_price_server(const Unit& unit);

/// How often it gave this answer since then: a fault's name, or a status.
std::ptrdiff_t times_given(Submission& submission, const std::string& outcome, Time since);

/// The path and query that the server was asked for last since then, and does not have; empty if
/// there is none, or if it has been asked for a price meanwhile.
std::string wrong_target(Submission& submission, Time since);

/// Whether the program has to ask the offline price server: it was told so, or it is in a lab,
/// which has no other.
bool asks_price_server(const Submission& submission);

/// How many daemons ask the server: this one, and the other stages that run and ask for prices.
std::ptrdiff_t daemons_that_ask(const Submission& submission);

/// Where the server looks for a plan of faults; the folder is there while it runs.
std::string faults_file();
/// Whether it runs.
bool serves_prices();

/// The faults of the server, which end when it goes out of scope.
class Faults {
 public:
  /// From now on every answer is this one. If it was another failure before, no good answer comes
  /// in between.
  void order(const std::string& kind) const;
  Faults() = default;
  ~Faults();
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;
};
