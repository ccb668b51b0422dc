// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "demo.hpp"

#include "failure.hpp"
#include "output_place.hpp"
#include "png.hpp"
#include "scenes.hpp"
#include "table.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <vector>

namespace bitwhere::tool {

namespace fs = std::filesystem;

namespace {

std::string scene_name(std::size_t index) { return fmt::format("scene_{}", index + 1); }

/// A word of a shell command.
std::string quoted(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,:=@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void require_new_folder(const fs::path& folder) {
  std::error_code failed;
  const bool is_free = !fs::exists(folder, failed) ||
                       (fs::is_directory(folder, failed) && fs::is_empty(folder, failed));
  // A folder in use may hold files of the same names that are worth keeping.
  if (!is_free || failed) {
    throw usage_error(
        fmt::format("--write {}: give a folder that is new or empty", folder.string()));
  }
}

void write_scenes(const fs::path& folder) {
  try {
    fs::create_directories(folder / "predictions");
    fs::create_directories(folder / "targets");
  } catch (const fs::filesystem_error& e) {
    throw usage_error(fmt::format("--write {}: {}", folder.string(), e.code().message()));
  }
  for (int i = 0; i < scene_count; ++i) {
    const std::string file = scene_name(static_cast<std::size_t>(i)) + ".png";
    write_png(folder / "predictions" / file, draw_scene(i, side::prediction), scene_palette());
    write_png(folder / "targets" / file, draw_scene(i, side::target), scene_palette());
  }
  std::string names = "# One class a line: label 0, 1, 2, ...\n";
  for (const std::string& name : scene_classes().names) names += name + "\n";
  write_output(folder / "classes.txt", names);
}

std::string closing_text(const demo_command& command) {
  if (command.write.empty()) {
    return "\nWith files of your own, one PNG or .npy label map an image, the same name in both "
           "folders:\n"
           "  bitwhere eval --prediction predictions --target targets --classes classes.txt "
           "--ignore 255\n"
           "\"bitwhere demo --write DIR\" writes these scenes as such files.\n";
  }
  const fs::path folder(command.write);
  return fmt::format(
      "\nWritten to {}. The same numbers from the files:\n"
      "  bitwhere eval --prediction {} --target {} --classes {} --ignore {}\n",
      command.write, quoted((folder / "predictions").string()),
      quoted((folder / "targets").string()), quoted((folder / "classes.txt").string()),
      scene_border);
}

}  // namespace

int run_demo(const demo_command& command, const streams& to) {
  if (!command.write.empty()) require_new_folder(command.write);
  std::vector<work_item> items;
  for (std::size_t i = 0; i < scene_count; ++i) {
    const std::string name = scene_name(i);
    items.push_back({name, name + " (prediction)", name + " (target)"});
  }
  const map_source load{
      .prediction = [](std::size_t i) { return draw_scene(static_cast<int>(i), side::prediction); },
      .target = [](std::size_t i) { return draw_scene(static_cast<int>(i), side::target); }};
  progress silent(nullptr, items.size());
  const evaluation result =
      evaluate({scene_classes().count, {scene_border}, command.device, command.threads}, items,
               load, silent);
  if (!command.write.empty()) write_scenes(command.write);
  to.out << fmt::format(
      "{} street scenes of {} x {} pixels, drawn by this program: targets with a border of label "
      "{}\nthat is ignored, and predictions with moved edges, missed poles, mistaken buildings "
      "and noise.\n\n",
      scene_count, scene_width, scene_height, scene_border);
  to.out << table_text(result, scene_classes()) << closing_text(command);
  return result.problems.empty() ? exit_ok : exit_internal;
}

}  // namespace bitwhere::tool
