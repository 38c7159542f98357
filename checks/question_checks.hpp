// No price without a question: compares the file of prices with what the server answered.
#pragma once

#include <optional>

#include "checks/check.hpp"
#include "checks/daemon.hpp"

/// any: each price is one that was given. as_asked: also, none twice, and in the order of the
/// questions.
enum class Order { any, as_asked };

struct UnaskedPrice {
  std::size_t line;  // of the file, from 0 on
  Finding finding;
};

/// The first that is wrong of the prices that this process wrote to the file; nothing if they are
/// right, or if another server is asked, whose answers are not known.
std::optional<UnaskedPrice> unasked_price(Submission& submission, const Output& output,
                                          Order order);

/// Whether `number` is this price, or what is left of it with fewer digits, rounded or cut off. A
/// double that went through a float has seven, and std::ostream writes six.
bool is_this_price(const std::string& number, double price);

/// The prices that the server gave to this process, as far as they are known, and those in its
/// file.
class KnownPrices {
 public:
  explicit KnownPrices(Submission& submission);

  /// Whether it is one of them, with all its digits.
  bool has(double price) const;
  /// The one that is closest; nothing if there is none.
  std::optional<double> nearest(double price) const;

 private:
  std::vector<double> given_;
  std::vector<std::string> lines_;
};
