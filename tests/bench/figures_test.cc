#include "kith_bench/figures.h"

#include <nlohmann/json.hpp>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace kith::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Figures Lookups() {
  Figures figures;
  figures.operations = 4;
  figures.results = 400;
  figures.seconds = 2;
  for (int i = 0; i < 4; ++i) {
    figures.latency.Record(500'000);
    figures.first_result.Record(100'000);
  }
  figures.server_cpu_s = 0.001;
  figures.client_cpu_s = 0.002;
  return figures;
}

TEST(FiguresTest, JsonIsPerOperationAndPerResult) {
  Options options;
  options.endpoint = "localhost:1";
  const bench::Run run = *ParseRun("drive/lookup-resources");
  const auto json = nlohmann::json::parse(
      ToJson(options, LoadFigures{1000, 2, 0.5}, {{run, Lookups(), {}}}));
  EXPECT_EQ(json["endpoint"], "localhost:1");
  EXPECT_EQ(json["load"]["relationships_per_second"], 500);
  EXPECT_EQ(json["load"]["server_cpu_us_per_relationship"], 500);
  const auto& object = json["runs"][0];
  EXPECT_EQ(object["workload"], "drive/lookup-resources@zipf");
  EXPECT_EQ(object["outstanding"], 2);
  EXPECT_EQ(object["operations_per_second"], 2);
  EXPECT_EQ(object["results_per_second"], 200);
  EXPECT_EQ(object["latency_us"]["p50"], 500);
  EXPECT_EQ(object["latency_us"]["max"], 500);
  EXPECT_EQ(object["first_result_us"]["p99"], 100);
  EXPECT_EQ(object["server_cpu_us_per_operation"], 250);
  EXPECT_EQ(object["server_cpu_us_per_result"], 2.5);
  EXPECT_EQ(object["client_cpu_us_per_operation"], 500);
  EXPECT_FALSE(object.contains("writes_beside"));
}

TEST(FiguresTest, WhatWasNotMeasuredIsAbsent) {
  Figures checks;
  checks.operations = 1;
  checks.seconds = 1;
  checks.latency.Record(1000);
  const auto json = nlohmann::json::parse(
      ToJson(Options(), {}, {{*ParseRun("drive"), checks, checks}}));
  EXPECT_FALSE(json.contains("load"));
  EXPECT_FALSE(json["runs"][0].contains("first_result_us"));
  EXPECT_FALSE(json["runs"][0].contains("server_cpu_us_per_operation"));
  EXPECT_EQ(json["runs"][0]["writes_beside"]["operations"], 1);
}

TEST(FiguresTest, LinesHaveTheColumnsOfTheHead) {
  const std::string line = TableLine("drive", Lookups());
  EXPECT_EQ(line.size(), TableHead().size());
  EXPECT_THAT(line, HasSubstr("200"));  // results/s
  EXPECT_THAT(line, HasSubstr("500"));  // p50
  EXPECT_THAT(line, Not(HasSubstr("-")));
  Figures checks = Lookups();
  checks.server_cpu_s.reset();
  EXPECT_THAT(TableLine("drive", checks), HasSubstr(" - "));
}

}  // namespace
}  // namespace kith::bench
