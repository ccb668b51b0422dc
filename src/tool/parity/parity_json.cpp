// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "../json_lines.hpp"
#include "../version.hpp"
#include "parity_report.hpp"

#include <nlohmann/json.hpp>

namespace bitwhere::tool {

namespace {

using json = nlohmann::ordered_json;

json backends_json(const survey& seen) {
  json out = json::array();
  for (const backend_result& b : seen.backends) {
    out.push_back({{"name", b.is.name()},
                   {"device", b.is.device},
                   {"isa", b.is.isa},
                   {"threads", b.is.threads},
                   {"most_threads", b.most_threads},
                   {"paths", b.paths}});
  }
  return out;
}

json rows_json(const survey& seen) {
  json out = json::array();
  for (const row_result& row : seen.rows) {
    out.push_back({{"name", row.name},
                   {"digest", row.digest.empty() ? json() : json(row.digest)},
                   {"agree", row.agree}});
  }
  return out;
}

/// The reference comes first in each pair.
json differences_json(const survey& seen) {
  json out = json::array();
  for (const difference& d : seen.differences) {
    json one = {{"row", d.row},
                {"output", d.output},
                {"backends", {d.reference, d.backend}},
                {"types", {d.reference_type, d.backend_type}}};
    if (d.differing != 0) {
      one["elements"] = d.elements;
      one["differing"] = d.differing;
      one["first_index"] = d.first;
      one["bits"] = {d.reference_bits, d.backend_bits};
      one["values"] = {d.reference_value, d.backend_value};
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string parity_json(const parity_report& report) {
  const char* subsets[] = {"quick", "default", "full", "exhaustive"};
  json out;
  out["bitwhere"] = version_text();
  out["bits_version"] = bw_bits_version();
  out["subset"] = subsets[static_cast<int>(report.rows_of)];
  out["seconds"] = report.seen.seconds;
  out["backends"] = backends_json(report.seen);
  out["rows"] = rows_json(report.seen);
  out["differences"] = differences_json(report.seen);
  json& faults = out["faults"] = json::array();
  for (const fault& f : report.seen.faults) {
    faults.push_back({{"row", f.row}, {"backend", f.backend}, {"text", f.text}});
  }
  out["golden"] = report.golden_file.empty() ? json() : json(report.golden_file);
  json& problems = out["golden_problems"] = json::array();
  for (const golden_problem& p : report.golden_problems) {
    problems.push_back({{"row", p.row}, {"text", p.text}});
  }
  return json_lines(out);
}

}  // namespace bitwhere::tool
