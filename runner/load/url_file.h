// The requests of a load, from a file as siege reads it (github.com/JoeDog/siege, doc of urls.txt).
#pragma once
#include <functional>
#include <vector>

#include "host/files.h"
#include "load/plan.h"

namespace zdt::load {

/// A line is one of
///   # comment            also behind white space that follows a URL
///   NAME=value           a variable; $(NAME) and ${NAME} give it in every line that follows
///   URL                  a GET
///   URL METHOD           GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
///   URL METHOD body      the rest of the line
///   URL METHOD <file     its content; the name is relative to `folder`
/// A request is drawn as often as its line stands there. A URL without http:// gets it, as in siege.
/// A body of a line goes out as application/x-www-form-urlencoded, that of a file as its ending says.
/// variable  the value of a name that the file does not set (siege takes the environment's), or nothing.
/// Fails kUsage, with the number of the line: an unknown variable, variables that name each other without
/// end, another method, a file that is not there, no request at all.
Result<std::vector<Target>> parse_url_file(
    std::string_view text, const host::fs::path& folder,
    const std::function<std::optional<std::string>(const std::string&)>& variable);

}  // namespace zdt::load
