#include "audit/dockerfile.h"

#include <algorithm>

#include "base/json_limits.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

/// `# escape=`` in the first lines makes ` the character that continues a line.
char escape_character(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    const std::string text = trim(line);
    if (text.empty() || text.front() != '#') return '\\';
    std::string directive = lower(text.substr(1));
    std::erase(directive, ' ');
    if (directive == "escape=`") return '`';
  }
  return '\\';
}

/// Takes one instruction after another from the lines.
class InstructionReader {
 public:
  explicit InstructionReader(std::string_view text)
      : lines_(split(text, '\n')), escape_(escape_character(lines_)) {}

  std::vector<Instruction> read() {
    std::vector<Instruction> found;
    while (next_ < lines_.size()) {
      const std::string line = trim(lines_[next_]);
      if (line.empty() || line.front() == '#') {
        ++next_;
        continue;
      }
      found.push_back(read_one());
    }
    return found;
  }

 private:
  Instruction read_one() {
    Instruction instruction;
    instruction.first = static_cast<int>(next_) + 1;
    const std::string text = logical_line();
    const size_t space = text.find_first_of(" \t");
    instruction.keyword = upper(text.substr(0, space));
    if (space != std::string::npos) instruction.arguments = trim(text.substr(space));
    const bool takes_documents =
        instruction.keyword == "RUN" || instruction.keyword == "COPY" || instruction.keyword == "ADD";
    if (takes_documents) skip_documents(instruction.arguments);
    instruction.last = static_cast<int>(next_);
    return instruction;
  }

  /// Up to the line that is not continued; comment lines within are left out.
  std::string logical_line() {
    std::string text;
    bool goes_on = true;
    for (bool first = true; goes_on && next_ < lines_.size(); first = false) {
      std::string line = trim(lines_[next_++]);
      if (!first && (line.empty() || line.front() == '#')) continue;
      goes_on = !line.empty() && line.back() == escape_;
      if (goes_on) line = trim(line.substr(0, line.size() - 1));
      if (!text.empty()) text += ' ';
      text += line;
    }
    return text;
  }

  /// RUN <<END … END; several begin in one line and follow each other.
  void skip_documents(const std::string& arguments) {
    for (size_t at = arguments.find("<<"); at != std::string::npos; at = arguments.find("<<", at + 2)) {
      const std::string end = document_end(std::string_view(arguments).substr(at + 2));
      if (end.empty()) continue;
      while (next_ < lines_.size() && trim(lines_[next_]) != end) ++next_;
      if (next_ < lines_.size()) ++next_;
    }
  }

  /// The word after <<, which may have a dash before it and quotes around it; "" when it is no word.
  static std::string document_end(std::string_view text) {
    std::string word;
    for (char c : text) {
      if (word.empty() && (c == '-' || c == '"' || c == '\'')) continue;
      if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') break;
      word += c;
    }
    return word;
  }

  std::vector<std::string> lines_;
  char escape_;
  size_t next_ = 0;
};

/// The exec form is a JSON array of strings; anything else is the shell form.
Launch launch_of(const Instruction& instruction) {
  Launch launch;
  launch.instruction = instruction;
  const json words = parse_json_or_null(instruction.arguments);
  launch.shell_form = !words.is_array() || !std::all_of(words.begin(), words.end(),
                                                        [](const json& word) { return word.is_string(); });
  if (launch.shell_form) return launch;
  for (const json& word : words) launch.argv.push_back(word.get<std::string>());
  return launch;
}

/// FROM [--platform=…] IMAGE [AS NAME]
struct Origin {
  std::string image, alias;
};

Origin origin_of(const std::string& arguments) {
  std::vector<std::string> words;
  for (const std::string& word : split(arguments, ' ')) {
    if (!word.empty() && !word.starts_with("--")) words.push_back(word);
  }
  Origin origin;
  if (!words.empty()) origin.image = words[0];
  if (words.size() >= 3 && lower(words[1]) == "as") origin.alias = lower(words[2]);
  return origin;
}

void apply_instruction(const Instruction& instruction, ImageView& stage) {
  if (instruction.keyword == "ENTRYPOINT") {
    stage.entrypoint = launch_of(instruction);
    stage.command.reset();  // of the stage below; Docker forgets it, too
  }
  if (instruction.keyword == "CMD") stage.command = launch_of(instruction);
  if (instruction.keyword == "STOPSIGNAL") stage.stop_signal = instruction;
}

}  // namespace

std::vector<Instruction> instructions_of(std::string_view text) { return InstructionReader(text).read(); }

ImageView image_of(const DockerfileText& file) {
  std::map<std::string, ImageView> stages;
  ImageView stage;
  std::string alias;
  for (const Instruction& instruction : instructions_of(file.text)) {
    if (instruction.keyword == "FROM") {
      if (!alias.empty()) stages[alias] = stage;
      const Origin origin = origin_of(instruction.arguments);
      const auto below = stages.find(lower(origin.image));
      stage = below == stages.end() ? ImageView{"", origin.image, {}, {}, {}, 0} : below->second;
      alias = origin.alias;
    }
    apply_instruction(instruction, stage);
    stage.last_line = instruction.last;
  }
  stage.name = file.name;
  return stage;
}

ObjectName object_of(const ImageView& image) { return {"", "Dockerfile", "", image.name}; }

std::string program_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string edited(std::string_view text, const LineEdit& edit) {
  std::vector<std::string> lines = split(text, '\n');
  const auto size = static_cast<int>(lines.size());
  const int first = std::clamp(edit.first - 1, 0, size), last = std::clamp(edit.last, first, size);
  lines.erase(lines.begin() + first, lines.begin() + last);
  lines.insert(lines.begin() + first, edit.text);
  return join(lines, "\n");
}

}  // namespace zdt::audit
