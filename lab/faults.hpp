// How the offline price server goes wrong, as data: `ok*2,429,500*3,reset` is a plan for the
// next seven requests.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

/// A fault for each request to come. Not thread-safe.
class FaultPlan {
 public:
  /// `text` is a list, separated by commas, of KIND, KIND*COUNT (from 1 up) or KIND* (for ever).
  /// If it is empty, everything goes well. Throws std::invalid_argument, which says which item is
  /// wrong and what would be right.
  explicit FaultPlan(std::string_view text = "");

  /// The kind for the next request: "ok" also when the plan is used up.
  std::string next();

 private:
  struct Item {
    std::string kind;
    std::uint64_t left;
  };
  std::deque<Item> items_;
};

/// Every kind but "ok", separated by commas.
std::string fault_kinds();

/// Spoils `response`, the good answer to `request`, with the fault `kind` of a plan. Returns when
/// httplib may send the response, or after the client is gone. A rate-limiting answer says
/// `retry_after` (seconds, or a date). Throws std::out_of_range for an unknown kind. Thread-safe.
void spoil(const std::string& kind, const httplib::Request& request, httplib::Response& response,
           const std::string& retry_after);
