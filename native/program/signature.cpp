// Signatures as texts, read into names and counts: "source, shape[3], widths[count]".
#include <algorithm>
#include <cstdlib>

#include "glassworks/kernels.h"

namespace glassworks {
namespace {

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + separator.size();
  }
  return parts;
}

std::vector<Argument> arguments_of(const std::string& text) {
  std::vector<Argument> arguments;
  for (const std::string& part : split(text, ", ")) {
    const size_t bracket = part.find('[');
    Argument argument;
    argument.name = part.substr(0, bracket);
    if (bracket != std::string::npos) {
      const std::string size = part.substr(bracket + 1, part.size() - bracket - 2);
      argument.count = std::atoll(size.c_str());
      if (argument.count == 0) argument.counted_by = size;
    }
    arguments.push_back(argument);
  }
  return arguments;
}

}  // namespace

KernelInfo::KernelInfo(const KernelEntry& read)
    : entry(&read),
      name(read.name),
      inputs(arguments_of(read.signature.inputs)),
      outputs(arguments_of(read.signature.outputs)),
      int_args(arguments_of(read.signature.int_args)),
      float_args(arguments_of(read.signature.float_args)) {
  dtypes = split(name, ".");
  op = dtypes.front();
  dtypes.erase(dtypes.begin());
  for (const Argument& argument : int_args) fixed_ints += argument.count;
  has_windows = std::string(read.signature.int_args).starts_with(WindowArgs::names);
}

int64_t KernelInfo::position_of(const std::string& wanted) const {
  int64_t position = 0;
  for (const Argument& argument : int_args) {
    if (argument.name == wanted) return position;
    position += argument.count;
  }
  return -1;
}

int64_t KernelInfo::count_of(const std::vector<Argument>& arguments, const int64_t* integers) const {
  int64_t count = 0;
  for (const Argument& argument : arguments)
    count += argument.counted_by.empty() ? argument.count : integers[position_of(argument.counted_by)];
  return count;
}

}  // namespace glassworks
