// Whether this machine had time for what was measured on it.
#pragma once
#include <cstdint>
#include <optional>

namespace zdt::load {

/// For how long some program of this machine has waited for a processor since the machine began, in microseconds: the line
/// "some" of /proc/pressure/cpu (https://docs.kernel.org/accounting/psi.html). Nothing where the kernel does not count it.
std::optional<int64_t> cpu_wait_us();

/// The share of `elapsed_us` in which some program waited, in percent from 0 to 100; -1 when one of the two is not known.
double cpu_wait_percent(std::optional<int64_t> before_us, std::optional<int64_t> after_us, int64_t elapsed_us);

}  // namespace zdt::load
