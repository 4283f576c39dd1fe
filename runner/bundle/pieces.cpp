#include "bundle/pieces.h"

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"
#include "bundle/sha256.h"

namespace zdt::bundle {
namespace {

constexpr size_t kDocumentLimit = 4 << 20;

std::string image_kind(const std::string& name) {
  return normal_image(name).starts_with("kindest/node:") ? "node-image" : "image";
}

/// The names that an OCI layout's index.json gives its manifests; containerd and docker write the full name.
/// https://github.com/opencontainers/image-spec/blob/main/image-layout.md
void add_oci_names(const json& index, std::map<std::string, std::string>& digests) {
  for (const json& manifest : array_at(index, {"manifests"})) {
    const json& notes = object_at(manifest, {"annotations"});
    std::string name = string_at(notes, {"io.containerd.image.name"});
    const std::string reference = string_at(notes, {"org.opencontainers.image.ref.name"});
    if (name.empty() && reference.find_first_of(":/") != std::string::npos) name = reference;
    if (!name.empty()) digests[normal_image(name)] = string_at(manifest, {"digest"});
  }
}

/// The image's ID, when "Config" names it: "<hex>.json", or "blobs/sha256/<hex>" since Docker 25.
std::string id_from(const json& entry) {
  std::string name = fs::path(string_at(entry, {"Config"})).stem().string();
  return is_sha256(name) ? "sha256:" + name : "";
}

Result<std::vector<Piece>> archived_images(const fs::path& file) {
  auto reader = TarReader::open(file, TarReader::Compression::kGzipAllowed);
  if (!reader) return reader.error();
  json manifest, index;
  while (true) {
    auto member = reader->next();
    if (!member) return member.error();
    if (!*member) break;
    if ((*member)->path != "manifest.json" && (*member)->path != "index.json") continue;
    auto text = reader->read_all(kDocumentLimit);
    if (!text) return text.error();
    auto parsed = parse_json(*text, (*member)->path);
    if (!parsed) return with_context(file.string(), parsed.error());
    ((*member)->path == "index.json" ? index : manifest) = std::move(*parsed);
  }
  std::map<std::string, std::string> digests;  // by name
  for (const json& entry : manifest.is_array() ? manifest : json::array()) {
    for (const json& tag : array_at(entry, {"RepoTags"})) {
      if (tag.is_string()) digests[normal_image(tag.get<std::string>())] = id_from(entry);
    }
  }
  add_oci_names(index, digests);
  if (digests.empty()) {
    return Error{Code::kInvalid, file.string() + ": no image name inside",
                 "docker save -o FILE NAME:TAG (by its name, not by its ID)"};
  }
  std::vector<Piece> pieces;
  for (const auto& [name, digest] : digests) pieces.push_back({image_kind(name), name, digest, file});
  return pieces;
}

Result<std::vector<Piece>> chart_in(const fs::path& file) {
  auto reader = TarReader::open(file, TarReader::Compression::kGzipAllowed);
  if (!reader) return reader.error();
  while (true) {
    auto member = reader->next();
    if (!member) return member.error();
    if (!*member) break;
    const std::string& path = (*member)->path;
    if (!path.ends_with("/Chart.yaml") || std::count(path.begin(), path.end(), '/') != 1) continue;
    auto text = reader->read_all(kDocumentLimit);
    if (!text) return text.error();
    auto chart = parse_yaml(*text, path);
    if (!chart) return with_context(file.string(), chart.error());
    const std::string name = string_at(*chart, {"name"}), version = string_at(*chart, {"version"});
    if (!name.empty() && !version.empty())
      return std::vector<Piece>{{"chart", name + "-" + version, "", file}};
  }
  return Error{Code::kInvalid, file.string() + ": no Chart.yaml with a name and a version inside",
               "helm pull makes such files"};
}

}  // namespace

Result<std::vector<Piece>> pieces_in_file(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with(".tar") || name.ends_with(".tar.gz")) return archived_images(file);
  if (name.ends_with(".tgz")) return chart_in(file);
  if (name.ends_with(".yaml") || name.ends_with(".yml"))
    return std::vector<Piece>{{"manifest", name, "", file}};
  return std::vector<Piece>();
}

Result<std::vector<Piece>> pieces_in_folder(const fs::path& folder) {
  std::error_code missing;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (missing)
    return Error{Code::kUsage, fmt::format("--from {}: {}", folder.string(), missing.message()), ""};
  std::sort(files.begin(), files.end());
  std::vector<Piece> pieces;
  for (const fs::path& file : files) {
    auto here = pieces_in_file(file);
    if (!here) return here.error();
    pieces.insert(pieces.end(), here->begin(), here->end());
  }
  return pieces;
}

}  // namespace zdt::bundle
